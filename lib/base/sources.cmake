set(base_SOURCES src/rbuf.c src/wbuf.c src/fixed.c src/crc.c src/err.c)
set(base_DEPENDS)
