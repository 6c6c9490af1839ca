set(ledger_SOURCES src/tree.c src/proof_check.c src/proof_make.c src/key.c src/note.c src/checkpoint.c
    src/tile.c src/ledger_text.c)
set(ledger_DEPENDS base crypto)
