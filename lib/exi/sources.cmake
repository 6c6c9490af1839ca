set(exi_SOURCES
  src/arena.c src/bits.c src/decode.c src/decode_walk.c src/dictionary.c src/json_read.c src/json_read_value.c src/json_write.c src/encode.c src/encode_referring.c src/encode_values.c src/error.c src/grammar.c src/strings.c
  src/text.c src/values.c src/dictionary_tables.c src/occurs_tables.c src/xmldsig_tables.c
  src/sap_tables.c src/din_tables.c src/iso2_tables.c src/iso20_types_tables.c src/iso20_tables.c
  src/iso20_ac_tables.c src/iso20_dc_tables.c src/iso20_acdp_tables.c src/iso20_wpt_tables.c
  src/xmldsig_name_tables.c src/sap_name_tables.c src/din_name_tables.c src/iso2_name_tables.c
  src/iso20_types_name_tables.c src/iso20_name_tables.c src/iso20_ac_name_tables.c
  src/iso20_dc_name_tables.c src/iso20_acdp_name_tables.c src/iso20_wpt_name_tables.c)
set(exi_DEPENDS base)
