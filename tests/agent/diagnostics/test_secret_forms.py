"""The forms that secrets have in what appliances run: none of them leaves the machine."""

from __future__ import annotations

import pytest
from logix_agent.diagnostics.redaction import redacted

SECRET = "Zx9Qhunt3rT77"
HEX = "ab12cd34" * 8
BASE64 = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="

FORMS = [
    # SNMP
    "rocommunity {} 10.0.0.0/8",
    "  rwcommunity6 {}",
    "com2sec readonly default {}",
    'createUser fred SHA "{}" AES "{}2"',
    "trapcommunity {}",
    "trap2sink 10.0.0.1 {}",
    "snmp-server community {} RO",
    "COMMAND=/usr/bin/snmpwalk -v2c -c {} 10.0.0.1",
    "snmpget -v3 -u u -a SHA -A {} -x AES -X {} h",
    # IPsec, PPP, Wi-Fi
    '10.0.0.1 10.0.0.2 : PSK "{} with blanks"',
    "%any : PSK 0s{}==",
    ': PSK "{}"',
    'carol : XAUTH "{}"',
    "carol : EAP {}",
    '"user" * "{}" *',
    'network={{\n  ssid="Ofis Ağı"\n  psk="{} kutu"\n}}',
    '  sae_password="{}"',
    # passwords of users
    "admin:$apr1$abcd${}",
    "admin:{{SHA}}{}=",
    "userPassword:: {}\n {}",
    "password_pbkdf2 root grub.pbkdf2.sha512.10000.{}.ABCD",
    "hash grub.pbkdf2.sha512.10000.{}.ABCD",
    # clouds
    "id=ASIAIOSFODNN7EXAMPLE SecretAccessKey {}",
    "https://h/x?X-Amz-Signature={}&x=1",
    "https://h/x?sv=1&sig={}%3D",
    "https://h/x?key={}",
    "AccountName=a;AccountKey={}==;Endpoint=x",
    "https://hooks.slack.com/services/T00/B00/{}",
    "github_pat_11ABC_{0}{0}",
    "sk_live_{0}{0}",
    "AIzaSyA{0}{0}12345678",
    '{{"auths":{{"h":{{"auth":"{}=="}}}}}}',
    "AGE-SECRET-KEY-1{}",
    # structures
    '{{"msg":"{{\\"password\\": \\"{} and more\\"}}"}}',
    '{{"name": "DB_PASSWORD", "value": "{}"}}',
    '<add key="Password" value="{}"/>',
    "<password>{}</password>",
    "<ns:apiKey kind='x'>{} x</ns:apiKey>",
    "password: |\n  {}\n  more {}\nuser: logix",
    'Nov 22 21:58:45 host app[7]: secrets:\n                              db: "{}"',
    '"password":\n   "{}"',
    '"tokens": [\n   "{}",\n   "b"\n]',
    "Nov 22 21:58:45 host app[7]: password = two words {}",
    "env: userPassword:: {}",
    # other files
    "machine h login u password {}",
    "  password {}",
    "username a password 7 {}",
    "radius-server host 10.0.0.1 key 7 {}",
    "tacacs-server key {}",
    'key "k" {{ algorithm hmac-md5; secret "{}"; }};',
    "requirepass {}",
    "masterauth {}",
    "bindpw {}",
    # command lines
    "sshpass -p {} ssh x",
    "curl -uadmin:{} http://x",
    "mysql -uroot -p{} db",
    "ipmitool -I lanplus -U ADMIN -P {} sel",
    "BOOT_IMAGE=/v netroot=iscsi:user:{}:u2:p2@10.0.0.1::3260::iqn",
    # Turkish
    "parola: {}",
    "Lütfen şu parolayı girin, parola: {} ğüşiöç",
    "şifre = {}",
    "Kullanıcı şifresi: {}",
    "ŞİFRE: {}",
    "s\u0327ifre: {}",
    "SIFRE={}",
    "gizli anahtar: {}",
    # around the sign
    "q=password%3D{}",
    "\x1b[1mpassword\x1b[0m: {}",
    "password：{}",
    "password -> {}",
    "user x passwordHash={}",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_in_this_form_is_removed(form: str) -> None:
    told, removed = redacted(f"before\n{form.format(SECRET, SECRET)}\nafter")
    assert SECRET not in told, told
    assert removed
    assert told.startswith("before\n")
    assert told.endswith("\nafter")


@pytest.mark.parametrize(
    "line", [f"0 1 crypt aes-xts-plain64 {HEX} 0 8:1 0", f"\tpsk={HEX}", f"seen {BASE64} there", BASE64]
)
def test_bare_keys_are_removed(line: str) -> None:
    told, _ = redacted(line)
    assert HEX[:16] not in told
    assert BASE64[:16] not in told


def test_keys_in_other_armour_are_removed() -> None:
    static = (
        f"a\n-----BEGIN OpenVPN Static key V1-----\n{HEX}\n{HEX}\n-----END OpenVPN Static key V1-----\nafter"
    )
    assert redacted(static)[0] == "a\n[removed]\nafter"
    putty = f"a\nPrivate-Lines: 2\n{HEX}\n{HEX}\nPrivate-MAC: {HEX}\nafter"
    assert redacted(putty)[0] == "a\n[removed]\nafter"


def test_one_line_of_a_log_does_not_make_the_rest_of_it_vanish() -> None:
    text = "-----BEGIN PRIVATE KEY\n" + "sd 0:0:0:0: [sda] Medium Error\n" * 3_000
    assert redacted(text)[0].count("Medium Error") >= 1_900


@pytest.mark.parametrize(
    "line",
    [
        "/dev/disk/by-id/ata-Samsung_SSD_860_EVO_1TB_S3Z8NB0K123456X-part1",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 ok",
        "/usr/lib/LibreOffice7/program/Services/Common/Office1",
        "md0: bitmap: 0/8 pages [0KB], 65536KB chunk",
        "1234  5678 S  poll_schedule_timeout     0.0  0.1  01:02:03 sshd",
        "02:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533] (rev 03)",
        "nvme0n1: I/O Cmd(0x2) @ LBA 1953525120, 8 blocks, I/O Error (sct 0x0 / sc 0x81)",
        "EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm ls: reading directory lblock 0",
        "eth0  RX packets:  1  TX packets: 2",
        "Isıtıcı: kapalı, fan 3 çalışıyor",
    ],
)
def test_what_helps_an_engineer_stays(line: str) -> None:
    assert redacted(line) == (line, 0)
