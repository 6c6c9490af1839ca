set(store_SOURCES src/sector.c src/entry.c src/store.c src/replay.c src/counter.c src/outbox.c src/queue.c)
set(store_DEPENDS base)
