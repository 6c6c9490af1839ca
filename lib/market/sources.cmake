set(market_SOURCES src/apportion.c src/interval.c src/auction.c)
set(market_DEPENDS base)
