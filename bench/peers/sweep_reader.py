"""A 50-thread reader of the kind the original collector was: the peer of bench/sweep.ts.

One TCP connection a command (summary, stats, pools, version), read until the closing NUL, JSON decoded, the figures
of a reading taken out, and the whole sweep gzipped at its end. Standard library only.

usage: sweep_reader.py FIRST_IP COUNT [--port 4028] [--workers 50] [--timeout 10]
Prints one JSON line: miners, answered, seconds, cpu_seconds.
"""

import argparse
import gzip
import ipaddress
import json
import resource
import socket
import time
from concurrent.futures import ThreadPoolExecutor

COMMANDS = ("summary", "stats", "pools", "version")


def ask(host, port, command, timeout):
    with socket.create_connection((host, port), timeout=timeout) as conn:
        conn.sendall(json.dumps({"command": command}).encode())
        chunks = []
        while True:
            chunk = conn.recv(4096)
            if not chunk:
                break
            chunks.append(chunk)
    return json.loads(b"".join(chunks).rstrip(b"\x00"))


def number(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def dashed(stats, prefix):
    found = []
    for key, value in stats.items():
        if key.startswith(prefix) and isinstance(value, str):
            found += [int(part) for part in value.split("-") if part.isdigit() and part != "0"]
    return found


def read_miner(host, port, timeout):
    reading = {"miner_id": host, "ip_address": host, "online": False}
    try:
        answers = {command: ask(host, port, command, timeout) for command in COMMANDS}
    except (OSError, ValueError):
        return reading
    summary = (answers["summary"].get("SUMMARY") or [{}])[0]
    stats = (answers["stats"].get("STATS") or [{}])[-1]
    pools = answers["pools"].get("POOLS") or [{}]
    version = (answers["version"].get("VERSION") or [{}])[0]
    chips = dashed(stats, "temp_chip")
    reading.update(
        online=True,
        hashrate_ghs=number(summary.get("GHS av")),
        hashrate_5s_ghs=number(summary.get("GHS 5s")),
        temperature_chips=chips,
        temperature_avg=sum(chips) / len(chips) if chips else None,
        temperature_max=max(chips) if chips else None,
        fan_speeds=[stats[key] for key in ("fan1", "fan2", "fan3", "fan4") if key in stats],
        frequency_avg=number(stats.get("frequency")),
        accepted_shares=summary.get("Accepted"),
        rejected_shares=summary.get("Rejected"),
        hardware_errors=summary.get("Hardware Errors"),
        uptime_seconds=summary.get("Elapsed"),
        pool_url=pools[0].get("URL"),
        worker_name=pools[0].get("User"),
        model=version.get("Type"),
    )
    return reading


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("first")
    parser.add_argument("count", type=int)
    parser.add_argument("--port", type=int, default=4028)
    parser.add_argument("--workers", type=int, default=50)
    parser.add_argument("--timeout", type=float, default=10.0)
    args = parser.parse_args()
    first = int(ipaddress.IPv4Address(args.first))
    hosts = [str(ipaddress.IPv4Address(first + offset)) for offset in range(args.count)]

    began = time.monotonic()
    with ThreadPoolExecutor(args.workers) as pool:
        readings = list(pool.map(lambda host: read_miner(host, args.port, args.timeout), hosts))
    body = gzip.compress(json.dumps(readings).encode())
    seconds = time.monotonic() - began
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "miners": args.count,
                "answered": sum(1 for reading in readings if reading["online"]),
                "seconds": seconds,
                "cpu_seconds": usage.ru_utime + usage.ru_stime,
                "bytes": len(body),
            }
        )
    )


if __name__ == "__main__":
    main()
