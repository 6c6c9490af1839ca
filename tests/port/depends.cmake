# What single tests of this folder need besides port_posix.
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto SSL)
if(short MATCHES "^(device_config|device_trust|evse_door)$")
  list(APPEND depends device_linux)
elseif(short STREQUAL "v2g_link")
  list(APPEND depends posix_v2g OpenSSL::SSL)
elseif(short STREQUAL "tls_client")
  list(APPEND depends posix_clients OpenSSL::SSL)
endif()
