set(telemetry_SOURCES src/device_id.c src/reading.c src/ack.c src/seed.c src/cose.c
    src/session.c)
set(telemetry_DEPENDS base crypto)
