set(runtime_SOURCES src/timer.c src/hsm.c src/hsm_diagram.c src/text.c)
set(runtime_DEPENDS base)
