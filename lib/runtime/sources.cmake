set(runtime_SOURCES src/timer.c src/hsm.c src/hsm_diagram.c src/text.c src/config.c
    src/config_json.c src/config_page.c src/config_value.c)
set(runtime_DEPENDS base)
