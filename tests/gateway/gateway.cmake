# The gateway's parts: everything but the broker and the web server, which tests/interop drives.
set(here ${CMAKE_CURRENT_LIST_DIR})
foreach(part charge_sessions replay topic ack_list routes session throttle password fleet db ingest command broker curve ledger_book ban_list operator trust_site)
  wattward_test(gateway_${part} ${here}/test_${part}.c DEPENDS gateway_site)
endforeach()
wattward_test(gateway_account ${here}/test_account.c DEPENDS market_account crypto_openssl)
foreach(part trust_weather weather_model)
  wattward_test(gateway_${part} ${here}/test_${part}.c DEPENDS gateway_site)
endforeach()
