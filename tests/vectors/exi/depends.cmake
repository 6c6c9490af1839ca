# XML signatures are verified with real cryptography where the port has it.
set(depends exi crypto)
if(TARGET crypto_openssl)
  list(APPEND depends crypto_openssl)
endif()
