set(base_SOURCES src/rbuf.c src/wbuf.c src/fixed.c src/crc.c src/base64.c src/err.c src/utf8.c src/cbor.c
    src/json_text.c src/json_reader.c src/json_writer.c)
set(base_DEPENDS)
