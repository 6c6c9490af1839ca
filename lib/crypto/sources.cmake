set(crypto_SOURCES src/length.c src/memory.c src/digest.c src/hmac.c src/hkdf.c src/cipher.c
                   src/aead.c src/curve.c src/edwards.c src/rsa.c src/signature_der.c)
set(crypto_DEPENDS base)
