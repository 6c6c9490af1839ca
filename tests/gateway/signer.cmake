# The signer: its parts, and the real process.
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
add_library(test_requests STATIC ${CMAKE_CURRENT_LIST_DIR}/requests.c)
target_include_directories(test_requests PUBLIC ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(test_requests PUBLIC base OpenSSL::Crypto)

wattward_test(gateway_signer ${CMAKE_CURRENT_LIST_DIR}/test_signer.c
              DEPENDS signer_client test_requests OpenSSL::Crypto)
target_compile_definitions(gateway_signer PRIVATE _GNU_SOURCE
                           SIGNER_PROGRAM="$<TARGET_FILE:wattward-signer>")
add_dependencies(gateway_signer wattward-signer)
wattward_test(gateway_signer_message ${CMAKE_CURRENT_LIST_DIR}/test_signer_message.c
              DEPENDS signer_client)
wattward_test(gateway_csr ${CMAKE_CURRENT_LIST_DIR}/test_csr.c
              DEPENDS signer_core test_requests OpenSSL::Crypto)
target_compile_definitions(gateway_csr PRIVATE _GNU_SOURCE)
wattward_test(gateway_signer_service ${CMAKE_CURRENT_LIST_DIR}/test_signer_service.c
              DEPENDS signer_core test_requests OpenSSL::Crypto)
target_compile_definitions(gateway_signer_service PRIVATE _GNU_SOURCE)
