set(runtime_SOURCES src/timer.c src/hsm.c src/hsm_diagram.c src/text.c src/config.c
    src/config_json.c src/config_page.c src/config_value.c src/reset.c src/crash.c
    src/watchdog.c src/ladder.c src/log.c src/call_stats.c)
set(runtime_DEPENDS base)
