# The gateway's parts: everything but the broker and the web server, which tests/interop drives.
set(here ${CMAKE_CURRENT_LIST_DIR})
add_library(test_gateway_site STATIC ${here}/gateway_site.c)
target_include_directories(test_gateway_site PUBLIC ${here})
target_compile_definitions(test_gateway_site PUBLIC _GNU_SOURCE)
target_link_libraries(test_gateway_site PUBLIC gateway_core crypto_openssl test_support)
foreach(part replay topic ack_list routes session throttle password fleet db ingest command broker)
  wattward_test(gateway_${part} ${here}/test_${part}.c DEPENDS test_gateway_site)
endforeach()
