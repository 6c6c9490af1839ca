// SPDX-License-Identifier: MIT
//
// Judges a log of ours with Go's own reader of transparency logs:
//
//	verify KEYFILE CHECKPOINT (PROOF.json | -)...
//
// The checkpoint's signature, and each proof against its size and root. Prints "ok N proofs".
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proof struct {
	LeafIdx  int64    `json:"leafIdx"`
	TreeSize int64    `json:"treeSize"`
	Size1    int64    `json:"size1"`
	Size2    int64    `json:"size2"`
	Root     string   `json:"root"`
	Root1    string   `json:"root1"`
	Root2    string   `json:"root2"`
	Entry    string   `json:"entry"`
	Proof    []string `json:"proof"`
}

func fail(what string, err error) {
	fmt.Println(what+":", err)
	os.Exit(1)
}

func hash(text string) tlog.Hash {
	var h tlog.Hash
	bytes, err := base64.StdEncoding.DecodeString(text)
	if err != nil || copy(h[:], bytes) != len(h) {
		fail("hash "+text, err)
	}
	return h
}

func check(p proof, tree tlog.Tree) error {
	var hashes []tlog.Hash
	for _, text := range p.Proof {
		hashes = append(hashes, hash(text))
	}
	if p.Size2 != 0 {
		if p.Size2 != tree.N || hash(p.Root2) != tree.Hash {
			return fmt.Errorf("another tree")
		}
		return tlog.CheckTree(hashes, p.Size2, hash(p.Root2), p.Size1, hash(p.Root1))
	}
	entry, err := base64.StdEncoding.DecodeString(p.Entry)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(hashes, tree.N, tree.Hash, p.LeafIdx, tlog.RecordHash(entry))
}

func main() {
	key, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail("key", err)
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(key)))
	if err != nil {
		fail("key", err)
	}
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		fail("checkpoint", err)
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		fail("checkpoint", err)
	}
	lines := strings.Split(opened.Text, "\n")
	tree := tlog.Tree{Hash: hash(lines[2])}
	fmt.Sscan(lines[1], &tree.N)
	for _, path := range os.Args[3:] {
		var p proof
		bytes, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(bytes, &p)
		}
		if err == nil {
			err = check(p, tree)
		}
		if err != nil {
			fail(path, err)
		}
	}
	fmt.Println("ok", len(os.Args)-3, "proofs")
}
