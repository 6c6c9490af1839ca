# Enrolment: its parts, and EST with the real signer and a registry in memory.
set(here ${CMAKE_CURRENT_LIST_DIR})
wattward_test(gateway_claim ${here}/test_claim.c DEPENDS enrol)
wattward_test(gateway_csr_text ${here}/test_csr_text.c DEPENDS enrol)
wattward_test(gateway_limiter ${here}/test_limiter.c DEPENDS enrol)
add_library(test_memory_registry STATIC ${here}/memory_registry.c)
target_include_directories(test_memory_registry PUBLIC ${here})
target_link_libraries(test_memory_registry PUBLIC enrol)
wattward_test(gateway_est ${here}/test_est.c
              DEPENDS enrol test_requests test_memory_registry OpenSSL::Crypto)
target_compile_definitions(gateway_est PRIVATE _GNU_SOURCE
                           SIGNER_PROGRAM="$<TARGET_FILE:wattward-signer>")
add_dependencies(gateway_est wattward-signer)
