# SPDX-License-Identifier: MIT
"""Writes every frame of an interface to a pcap file, until SIGTERM: v2g_tap.py INTERFACE FILE."""

import signal
import socket
import struct
import sys
import time

ETH_P_ALL = 3
ETHERNET = 1


def main():
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    tap.bind((sys.argv[1], 0))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(sys.argv[2], "wb", buffering=0) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, ETHERNET))
        while True:
            frame = tap.recv(65535)
            now_us = time.time_ns() // 1000
            out.write(struct.pack("<IIII", now_us // 1000000, now_us % 1000000, len(frame),
                                  len(frame)) + frame)


if __name__ == "__main__":
    main()
