"""What secrets look like in text: the patterns of `redaction`. Pure.

Every repetition is bounded, so that no text costs more than in proportion to its length. What a pattern keeps
is its group "name"; what it has removed it does not find again.
"""

from __future__ import annotations

import re
from typing import Final

REMOVED: Final = "[removed]"

_OF_KEYS: Final = (
    "api", "private", "access", "account", "auth", "signing", "encryption", "luks", "shared", "master",
    "session", "client", "host",
)  # fmt: skip
#: Names whose value is a secret, as they occur in settings, command lines, JSON and URLs; in Turkish too.
_NAME: Final = (
    r"(?:pass(?:w(?:or)?d|phrase|code|key)s?|pass(?![a-z])|pwd|(?:bind|root|auth)pw|secrets?|tokens?|psk"
    rf"|wep[_-]?key[0-9]?|credentials?|(?:{'|'.join(_OF_KEYS)})[ ._-]?key|community|sessionid|cookie"
    r"|parola|[şs]\u0327?i\u0307?fre|(?:gizli|özel)[ ._-]?(?:anahtar|kelime))"
)
_BEFORE: Final = r"[\w.-]{0,48}"
_AFTER: Final = r"[\w.-]{0,32}"
_QUOTE: Final = r"(?:\\{0,3}[\"'])?"
#: Between a name and its value, also where a URL has encoded it; "::" announces base64 (RFC 2849),
#: "：" is what East Asian keyboards write.
_IS: Final = r"(?:[:=：]{1,2}|->|%3[ad]|\bis\b)"
_QUOTED: Final = (
    r"\\{1,3}[\"'](?:(?!\\{1,3}[\"'])[^\n]){0,8192}(?:\\{1,3}[\"']|$)"
    r"|\"(?:[^\"\\\n]|\\.){0,8192}(?:\"|$)|'(?:[^'\\\n]|\\.){0,8192}(?:'|$)"
)
_ONCE: Final = r"(?!\[removed\])"
_VALUE: Final = rf"{_ONCE}(?:{_QUOTED}|\S{{1,8192}})"
_REST: Final = rf"{_ONCE}.{{1,8192}}"
#: How syslog and the journal begin a line: time, host, program.
_LOGGED: Final = r"(?:(?:\S{1,40}\s{1,2}){1,4}\S{1,64}(?:\[\d{1,7}\])?:\s{1,8})?"
#: Words of configuration files after which, without a sign, nothing but secrets and their names follows.
_KEYWORDS: Final = (
    r"(?:(?:ro|rw|trap)community6?|com2sec6?|trap2?sink|informsink|createuser|usmuser|requirepass|masterauth"
    r"|bindpw|rootpw|password_pbkdf2|snmp-server\s{1,4}(?:community|user|host)"
    r"|sshpass|snmp(?:walk|get|getnext|set|bulkwalk|bulkget|trap|inform|status|table))"
)

#: A line without one of these holds none of `_NAME`.
_NAMES: Final = (
    "pass", "pwd", "pw", "secret", "token", "psk", "wep", "credential", "community", "sessionid", "cookie",
    "parola", "ifre", "\u0307fre", "gizli", "özel",
    *(f"{word}{between}key" for word in _OF_KEYS for between in ("", " ", ".", "_", "-")),
)  # fmt: skip
_WORDS: Final = (
    "community", "com2sec", "sink", "user", "requirepass", "masterauth", "pw", "pbkdf2", "snmp", "sshpass",
)  # fmt: skip

#: What a line must hold, in small letters, for a pattern to fit; and the pattern.
_SETTINGS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    # Headers: all that follows.
    (
        ("authorization", "cookie", "x-"),
        rf"(?P<name>\b(?:proxy-)?authorization{_QUOTE}\s{{0,8}}[:=]\s{{0,8}}"
        rf"|\b(?:set-)?cookie{_QUOTE}\s{{0,8}}:\s{{0,8}}"
        rf"|\bx-(?:api|auth|csrf|access)-(?:key|token){_QUOTE}\s{{0,8}}[:=]\s{{0,8}}){_REST}",
    ),
    # Words of SNMP, Redis, LDAP, GRUB, and of programs that are given secrets.
    (_WORDS, rf"(?P<name>(?:^|[\s=/]){_KEYWORDS}\s{{1,16}}){_REST}"),
    # ipsec.secrets(5).
    (("psk", "xauth", "eap", "ntlm"), rf"(?P<name>:\s{{1,8}}(?:psk|xauth|eap|ntlm)\s{{1,8}}){_VALUE}"),
    # A line of settings: the value may hold blanks, it ends with the line.
    (
        _NAMES,
        rf"(?P<name>^{_LOGGED}\s{{0,64}}{_QUOTE}{_BEFORE}{_NAME}{_AFTER}{_QUOTE}"
        rf"\s{{0,16}}[:=：]{{1,2}}\s{{0,16}}){_ONCE}(?:{_QUOTED}|.{{1,8192}})",
    ),
    # A value beside its name: {"name": "DB_PASSWORD", "value": "…"}, <add key="password" value="…"/>.
    (
        _NAMES,
        rf"(?P<name>{_NAME}{_AFTER}\\{{0,3}}[\"'][\s,;]{{1,8}}{_QUOTE}(?:value|val|content|data){_QUOTE}"
        rf"\s{{0,8}}[:=]\s{{0,8}}){_VALUE}",
    ),
    # The same in the middle of a line, and in XML.
    (_NAMES, rf"(?P<name>{_NAME}{_AFTER}{_QUOTE}\s{{0,16}}{_IS}\s{{0,16}}=?>?\s{{0,4}}){_VALUE}"),
    (
        ("<",),
        rf"(?P<name><[^<>\s]{{0,48}}{_NAME}[^<>\s]{{0,32}}(?:\s[^<>]{{0,200}})?>\s{{0,8}}){_ONCE}[^<]{{1,8192}}",
    ),
    (("auth",), rf"(?P<name>[\"']_?auth[\"']\s{{0,8}}:\s{{0,8}}){_VALUE}"),
    # netrc, routers, BIND: a word, a blank, the secret.
    (
        ("passw", "secret"),
        r"(?P<name>(?:^\s{0,64}|\b(?:login|user(?:name)?|account)\s{1,16}\S{1,128}\s{1,16})"
        rf"(?:password|passwd|secret)\s{{1,16}}(?:[0-9]\s{{1,16}})?){_VALUE}",
    ),
    (_NAMES, rf"(?P<name>{_NAME}\s{{1,8}}){_ONCE}(?:{_QUOTED})"),
    (
        ("community", "psk", "secret"),
        rf"(?P<name>\b(?:community|psk|secret[ _-]?access[ _-]?key)\s{{1,8}}){_ONCE}[^\s:=]{{1,512}}",
    ),
    (
        ("radius", "tacacs"),
        r"(?P<name>\b(?:radius|tacacs)[\w-]{0,24}\s{1,4}(?:.{0,80}?\s)?key\s{1,4}(?:[0-9]\s{1,4})?)" + _VALUE,
    ),
    (
        ("*",),
        rf"(?P<name>^\s{{0,8}}(?:\"[^\"]{{0,128}}\"|\S{{1,128}})\s{{1,16}}\*\s{{1,16}}){_ONCE}\"[^\"]{{1,256}}\"",
    ),
    # Options of programs.
    (("-",), rf"(?P<name>(?<![\w-])--?{_BEFORE}{_NAME}{_AFTER}\s{{1,8}}){_VALUE}"),
    (
        ("-u", "-user"),
        rf"(?P<name>(?<!\S)(?:-u[ =]{{0,4}}|(?:--user|--proxy-user)[ =]{{1,4}}))"
        rf"{_ONCE}\S{{1,512}}:\S{{1,512}}",
    ),
    (("-p",), rf"(?P<name>\s-U\s{{1,4}}\S{{1,64}}\s{{1,4}}-P\s{{1,4}}){_VALUE}"),
    (("mysql",), rf"(?P<name>\bmysql\w{{0,12}}\s(?:.{{0,400}}?\s)?-p){_ONCE}\S{{1,256}}"),
)
_TOKENS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    # URLs: who, and by which word.
    (
        ("://",),
        r"(?P<name>\b[a-z][a-z0-9+.-]{0,24}://)(?!\[removed\]@)[^\s\"'<>]{0,1024}(?=@)",
    ),
    (("iscsi:",), r"(?P<name>\biscsi:)(?!\[removed\]@)[^\s@]{1,512}(?=@)"),
    (
        ("?", "&"),
        r"(?P<name>[?&;][\w.-]{0,24}(?:sig(?:nature)?|key|auth|code|hash|otp|ticket|sid)=)"
        rf"{_ONCE}[^&\s\"'<>]{{1,4096}}",
    ),
    # Passwords of users, as shadow(5), crypt(5), htpasswd, LDAP and GRUB write them.
    (
        ("$",),
        r"(?P<name>)\$(?:[1567y]|gy|apr1|2[abxy]?|argon2\w{0,4}|scrypt|pbkdf2[\w-]{0,16})\$[^\s:]{8,512}",
    ),
    ((":",), r"(?P<name>^[^:\s]{1,64}:)[!*]{0,2}[./a-z0-9]{13,128}(?=:\d{0,8}:\d{0,8}:)"),
    (("{",), rf"(?P<name>\{{(?:s?sha\d{{0,3}}|s?md5|crypt|pbkdf2[\w-]{{0,16}}|argon2)\}}){_ONCE}\S{{8,512}}"),
    (("grub.",), rf"(?P<name>\bgrub\.pbkdf2\.){_ONCE}\S{{8,4096}}"),
    # The key in a table of dm-crypt.
    (("crypt",), r"(?P<name>\bcrypt\s{1,4}\S{1,64}\s{1,4}):?[0-9a-f]{32,256}\b"),
    # Tokens that are known by their own look.
    (("bearer",), rf"(?P<name>\bbearer\s{{1,8}}){_ONCE}\S{{4,8192}}"),
    (
        ("basic", "digest", "negotiate"),
        r"(?P<name>\b(?:basic|digest|negotiate)\s{1,8})[a-z0-9+/=_-]{12,4096}",
    ),
    (("eyj",), r"(?P<name>\b)eyJ[\w-]{4,2048}\.[\w-]{4,4096}\.[\w-]{0,2048}"),
    (
        ("akia", "asia", "gh", "gl", "xox", "xapp", "k_", "aiza", "npm_", "age-"),
        r"(?P<name>\b)(?:A[KS]IA[0-9A-Z]{16}|gh[pousr]_\w{20,255}|gl[a-z]{2,4}-[\w-]{20,64}"
        r"|x(?:ox[abeprs]|app)-[\w-]{10,255}|[rsp]k_(?:live|test)_\w{10,255}|AIza[\w-]{30,64}|npm_\w{20,64}"
        r"|AGE-SECRET-KEY-1\w{8,128})",
    ),
    (("github_",), r"(?P<name>\b)github_pat_\w{20,255}"),
    (("hooks.",), rf"(?P<name>\bhooks\.slack\.com/services/){_ONCE}\S{{8,255}}"),
)
#: A long word of base64, whatever it is: keys look like that. Digests in hexadecimal stay, and paths.
_BASE64: Final = (
    r"(?P<name>(?<![A-Za-z0-9+/_.-]))(?!/[a-z]{1,16}[0-9]?/)(?=[A-Z0-9+/]{0,39}[a-z])(?=[a-z0-9+/]{0,39}[A-Z])"
    r"(?=[A-Za-z+/]{0,39}[0-9])[A-Za-z0-9+/]{40,8192}={0,3}"
)
PATTERNS: Final = (
    *((words, re.compile(pattern, re.IGNORECASE)) for words, pattern in (*_SETTINGS, *_TOKENS)),
    (("",), re.compile(_BASE64)),
)
REPLACEMENT: Final = rf"\g<name>{REMOVED}"

#: The end of a piece whose next word is a secret.
WAITS: Final = re.compile(
    rf"(?:{_NAME}{_AFTER}{_QUOTE}\s{{0,16}}{_IS}?|\bbearer|\bbasic|(?<!\S)-u|--(?:proxy-)?user|{_KEYWORDS}"
    r"|:\s{1,8}(?:psk|xauth|eap|ntlm))\s{1,64}$",
    re.IGNORECASE,
)

#: A private key in any armour, and OpenVPN's; a key of PuTTY is its lines between two fields.
BEGIN: Final = re.compile(r"-{4,5} ?BEGIN [^\n-]{0,64}(?:PRIVATE KEY|Static key)|^Private-Lines:")
END: Final = re.compile(
    r"-{4,5} ?END [^\n-]{0,64}(?:PRIVATE KEY|Static key)[^\n-]{0,16}-{4,5}|^Private-MAC:.{0,256}"
)
#: What a line of a key looks like, whatever stands before it on a line of a log.
KEY_LINE: Final = re.compile(r"(?:^|[\s:|])[A-Za-z0-9+/=]{16,128}\s*\Z")
#: A name whose value follows on lines of its own, further to the right (YAML, JSON, LDIF).
OPENS: Final = re.compile(
    rf"{_NAME}{_AFTER}{_QUOTE}\s{{0,8}}(?:[:=]\s{{0,8}}(?:[|>][+-]?[0-9]?|[\[{{(])?\s{{0,8}}\Z|::\s{{1,4}}\S)",
    re.IGNORECASE,
)
#: Terminals' colours, which may stand between a name and its value (ECMA-48).
COLOUR: Final = re.compile(r"\x1b\[[0-9;?]{0,32}[@-~]")
