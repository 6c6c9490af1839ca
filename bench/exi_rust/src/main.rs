// SPDX-License-Identifier: MIT
//! Lines `PROTOCOL HEX` in, nanoseconds to decode and to encode out; `- -` where the crate has no such set.
use iso15118::app_protocol::{SupportedAppProtocolReq, SupportedAppProtocolRes};
use iso15118::exi::ExiDocument;
use std::hint::black_box;
use std::io::{BufRead, Write};
use std::time::Instant;

const ROUNDS: u32 = 20_000;

/// Decodes and encodes ROUNDS times; None when the message is not one of this set.
fn time<D: ExiDocument>(bytes: &[u8]) -> Option<(f64, f64)> {
    let message = D::from_bytes(bytes).ok()?;
    let mut out = [0u8; 8192];
    let start = Instant::now();
    for _ in 0..ROUNDS {
        black_box(D::from_bytes(black_box(bytes)).ok());
    }
    let decode = start.elapsed().as_nanos() as f64 / f64::from(ROUNDS);
    let start = Instant::now();
    for _ in 0..ROUNDS {
        black_box(black_box(&message).to_slice(&mut out).ok());
    }
    Some((decode, start.elapsed().as_nanos() as f64 / f64::from(ROUNDS)))
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2)
        .filter_map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).ok())
        .collect()
}

fn main() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let mut words = line.split_whitespace();
        let protocol = words.next().unwrap_or("");
        let bytes = unhex(words.next().unwrap_or(""));
        let timed = match protocol {
            "sap" => time::<SupportedAppProtocolReq>(&bytes).or_else(|| time::<SupportedAppProtocolRes>(&bytes)),
            "iso2" => time::<iso15118::iso2::Document>(&bytes),
            "iso20" => time::<iso15118::iso20::messages::Document>(&bytes),
            "iso20ac" => time::<iso15118::iso20::ac::Document>(&bytes),
            "iso20dc" => time::<iso15118::iso20::dc::Document>(&bytes),
            _ => None,
        };
        match timed {
            Some((decode, encode)) => println!("{decode:.0} {encode:.0}"),
            None => println!("- -"),
        }
        let _ = std::io::stdout().flush();
    }
}
