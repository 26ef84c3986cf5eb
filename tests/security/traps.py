"""The room of addresses that an attacker would give us, and of texts that are no address."""

from __future__ import annotations

from portal.security.outbound import LONGEST

PUBLIC = "196.171.5.9"
PUBLIC_SIX = "2c0f:f0f8::9"

NOT_PUBLIC = {
    "loopback": ("127.0.0.1", "127.255.255.254", "::1"),
    "unspecified": ("0.0.0.0", "0.1.2.3", "::"),  # noqa: S104 - named, not bound
    "private": ("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"),
    "link-local": ("169.254.1.1", "fe80::1", "febf::1"),
    "scoped": ("fe80::1%eth0", "fe80::1%1", f"{PUBLIC_SIX}%eth0", "::1%lo"),
    "site-local": ("fec0::1", "feff::1"),
    "a cloud's metadata": (
        "169.254.169.254",
        "fd00:ec2::254",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
    ),
    "shared by a provider's customers": ("100.64.0.1", "100.127.255.254"),
    "documentation": ("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"),
    "benchmarks": ("198.18.0.1", "198.19.255.255", "2001:2::1"),
    "protocols": ("192.0.0.1", "192.0.0.8", "192.0.0.170", "192.88.99.1"),
    "many or all": ("224.0.0.1", "239.255.255.250", "255.255.255.255", "ff02::1", "ff0e::1"),
    "reserved": ("240.0.0.1", "100::1", "4000::1", "200::1", "fe00::1"),
    "IPv4 mapped": ("::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
    "IPv4 compatible": ("::127.0.0.1", "::10.0.0.1", "::8.8.8.8"),
    "IPv4 translated": ("::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8"),
    "6to4": ("2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::"),
    "Teredo": ("2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe"),
    "NAT64": ("64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b::10.0.0.1", "64:ff9b:1::1"),
    "no address": ("", "localhost", "0x7f.1", "127.1", "2130706433", "0177.0.0.1", "127.0.0.1:80", "[::1]"),
}


SPELLINGS = {
    "loopback": ("127.0.0.1", "127.1", "127.0.1", "localhost", "LOCALHOST", "[::1]", "[0:0:0:0:0:0:0:1]"),
    "decimal": ("2130706433", "2852039166"),
    "octal": ("017700000001", "0177.0.0.1", "00000177.1", "0251.0376.0251.0376"),
    "hex": ("0x7f000001", "0x7f.1", "0x7f.0.0.0x1", "0xa9fea9fe"),
    "short": ("0", "10.1", "[::]"),
    "mapped": ("[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
    "private": ("192.168.0.1", "[fe80::1]", "[fd00::1]"),
}
"""Hosts that the system's own resolver reads as addresses of ours, though a reader of texts might not."""

MALFORMED = {
    "parts missing": (
        "",
        " ",
        "shop.example",
        "/hook",
        "//shop.example/hook",
        "https:",
        "https://",
        "https:///hook",
        "https://?x",
        "https:shop.example",
        "https:/shop.example",
        "https://#shop.example",
        "https://:443/",
    ),
    "another scheme": (
        "ftp://shop.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_",
        "data:,x",
        "javascript:alert(1)",
    ),
    "white space and control characters": (
        " https://shop.example/",
        "https://shop.example/ ",
        "https://shop.example/\n",
        "ht\ttps://shop.example/",
        "https://shop.exa\tmple/",
        "https://a\0b/",
        "https://shop.example/a b",
        "https://shop.example/\r\nHost: evil",
        "https://shop.example/\x7f",
    ),
    "a backslash": (
        "https://shop.example\\@127.0.0.1/",
        "https:\\\\127.0.0.1/",
        "https://127.0.0.1\\.example/",
    ),
    "what becomes ASCII in somebody's hands": (
        "https://127。0。0。1/",
        "https://１２７.0.0.1/",
        "https://①/",
        "https://ⓛocalhost/",
        "https://café.example/",
        "https://shop.example/é",
        "https://a/\ud800",
        "https://shop.example:４４３/",
    ),
    "no port": (
        "https://shop.example:0/",
        "https://shop.example:65536/",
        "https://shop.example:-1/",
        "https://shop.example:+443/",
        "https://shop.example:443:80/",
        "https://shop.example:http/",
        "https://shop.example:/",
        "https://shop.example:000443/",
    ),
    "brackets": (
        "https://[::1",
        "https://::1]/",
        "https://[]/",
        "https://[shop.example]/",
        "https://[v1.a]/",
        "https://[::1].shop.example/",
        "https://[::1]shop.example/",
        "https://shop.example[::1]/",
        "https://::1/",
    ),
    "a scope": ("https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", f"https://[{PUBLIC_SIX}%25eth0]/"),
    "no host's letters": (
        "https://%31%32%37.0.0.1/",
        "https://127.0.0.1%2f.shop.example/",
        "https://a;b/",
        "https://a,b/",
        "https://a'b/",
        'https://a"b/',
        "https://a<b>/",
        "https://a{b}/",
        "https://$(id)/",
    ),
    "endless": ("https://shop.example/" + "a" * LONGEST,),
}
"""What readers of URLs may read differently."""

USER_INFO = (
    "user@shop.example",
    "user:password@shop.example",
    "@shop.example",
    ":@shop.example",
    "a@b@c.example",
    "shop.example@127.0.0.1",
    "127.0.0.1:80@shop.example",
    "[::1]@shop.example",
    "%40@shop.example",
)
