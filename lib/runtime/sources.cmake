set(runtime_SOURCES src/timer.c)
set(runtime_DEPENDS base)
