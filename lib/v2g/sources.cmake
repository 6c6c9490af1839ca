set(v2g_SOURCES
  src/codec.c src/din_decode.c src/din_encode.c src/evcc.c src/evcc_charge.c src/evcc_setup.c
  src/iso2_contract.c src/iso2_decode.c src/iso2_encode.c src/name.c src/physical.c src/pilot.c src/quirk.c src/sap.c src/sdp_client.c
  src/sdp_server.c src/secc.c src/secc_charge.c src/secc_response.c src/secc_setup.c src/sequence.c
  src/session.c src/supply.c src/v2gtp.c)
set(v2g_DEPENDS base exi)
