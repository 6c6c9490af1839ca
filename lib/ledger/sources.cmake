set(ledger_SOURCES src/tree.c src/proof_check.c src/proof_make.c src/key.c src/note.c src/checkpoint.c
    src/tile.c src/ledger_text.c src/entry.c src/entry_parts.c src/action.c src/receipt.c src/log.c src/witness.c src/proof_json.c src/entry_json.c src/seed_chain.c)
set(ledger_DEPENDS base crypto)
