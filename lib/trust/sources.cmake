# Integers only, no C library beyond mem*: it also builds for a microcontroller.
set(trust_SOURCES src/exponent.c src/detector.c src/fleet_control.c src/peers.c src/engine.c src/judge.c src/seed.c
                  src/explain.c src/weather.c)
set(trust_DEPENDS base)
