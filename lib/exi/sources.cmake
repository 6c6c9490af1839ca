set(exi_modules xmldsig sap din iso2 iso20_types iso20 iso20_ac iso20_dc iso20_acdp iso20_wpt)
set(exi_SOURCES src/arena.c src/bits.c src/decode.c src/encode.c src/encode_values.c src/error.c
                src/strings.c src/text.c src/values.c src/dictionary_tables.c src/occurs_tables.c)
foreach(module ${exi_modules})
  list(APPEND exi_SOURCES src/${module}_tables.c src/${module}_name_tables.c)
endforeach()
set(exi_DEPENDS base)
