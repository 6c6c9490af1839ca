set(ledger_SOURCES src/tree.c src/proof_check.c src/proof_make.c)
set(ledger_DEPENDS base crypto)
