# The one library that uses double and the C mathematics library: it runs where readings are judged,
# never on a meter (see docs/design/001-solar-in-double.md).
set(solar_SOURCES src/position.c src/spa_terms.c src/sky.c src/plane.c src/panel.c src/roof.c)
set(solar_DEPENDS base m)
set(solar_HOSTED TRUE)
