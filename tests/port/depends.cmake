# What single tests of this folder need besides port_posix.
find_package(OpenSSL 3 REQUIRED COMPONENTS Crypto SSL)
if(short STREQUAL "device_config" OR short STREQUAL "device_trust")
  list(APPEND depends device_linux)
elseif(short STREQUAL "tls_client")
  list(APPEND depends posix_clients OpenSSL::SSL)
endif()
