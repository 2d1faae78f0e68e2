/* SPDX-License-Identifier: BSD-2-Clause */
/* Made by tests/tools/dkim_vectors.py. */
/* clang-format off */
#define HEADER \
    "From: A <a@author.example>\r\nTo: b@rcpt.example\r\nSubject:  a\ttest \r\n"
#define BODY \
    "One line, \r\n\tanother  one.\r\n\r\nAnd  the last.\r\n\r\n"
#define SIG_RSA \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=author.example;\r\n" \
    "\ts=s;\r\n\th=from:to:subject;\r\n\tbh=7M7avErIcAvYipyOIkAtjWGOXoXUN2zCzWG34AMTTp0=;\r\n\t" \
    "b=x1/ig8nl7oM7S0+6CFUEJG3667uA8GZfSkEHyYbr/5IkJd2J4AqnZCEdVRiE9ktO\r\n\t3eb2jbmqcWIEolruay" \
    "WWcSaa9A13vKjzFPtWf9IEbmL1NMg24s1UbGdYltWdjCVR\r\n\takcCIt+n8S5EhwLPcdKz2wpfFGJ7LNnUWsfG3R" \
    "OQ6jI=\r\n"
#define SIG_SIMPLE \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=simple/simple;\r\n\td=author.example;\r\n\t" \
    "s=s;\r\n\th=from:to:subject;\r\n\tbh=F0QUZOsWwpwN3ICwttPxjxSWDBmRrum0NmlxqHDpL7g=;\r\n\tb=" \
    "zPHbQWbt0OQhEPloPyRmtqg/bNbV3qJm2sLt+9SKTA2QZ37bB0YK1Ne/iv26khwO\r\n\tcSX4anStuDAosgPhkBFL" \
    "Pl5SbIW6jSYhK4HXo1jmvxmujCam+plccewByDDyRt3v\r\n\t33bSBEIuxOTJKb4RqfbZ7SvmF4KuITJ/22zSMRYg" \
    "+Wo=\r\n"
#define SIG_ED25519 \
    "DKIM-Signature: v=1;\r\n\ta=ed25519-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=author.example;" \
    "\r\n\ts=s;\r\n\th=from:to:subject;\r\n\tbh=7M7avErIcAvYipyOIkAtjWGOXoXUN2zCzWG34AMTTp0=;\r" \
    "\n\tb=OW/hXEUgbTvmugyp0xPQ/lz9LJAWm/UMnOgNSepBgkjvRdKjHGsBVJTaYFlRHjZV\r\n\tuaZoaArmg0ZH2R" \
    "qeF+G9Ag==\r\n"
#define SIG_TINY \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=author.example;\r\n" \
    "\ts=s;\r\n\th=from:to:subject;\r\n\tbh=7M7avErIcAvYipyOIkAtjWGOXoXUN2zCzWG34AMTTp0=;\r\n\t" \
    "b=PlMM4zmComKfUEqtVGVNGHH8H0reGP+LiMgqc80CEKno5kpa3XseJpRLasr+G+Mn\r\n\tD1wqDu56Aj/j/e7ODw" \
    "DxvQ==\r\n"
#define SIG_OTHER \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=other.example;\r\n" \
    "\ts=s;\r\n\th=from:to:subject;\r\n\tbh=7M7avErIcAvYipyOIkAtjWGOXoXUN2zCzWG34AMTTp0=;\r\n\tb" \
    "=zSHe2QFnsuRFeVgyMhVDLcI6hMQYBE55vER1fpyv+xLyMxrQx52nIRcjh3AUrLfp\r\n\t9KEKIFdG3VQ0XBfWeF0" \
    "N1abghiAyJsxTSeOp63IP38SL6Ap7bgJ0qE1SBSIOB06U\r\n\tMn/Qh0A6qbWNRdkjpwJpvs2oXW9yMR9VIbYaa0p" \
    "TGkk=\r\n"
#define SIG_PARENT \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=mail.author.example" \
    ";\r\n\ts=s;\r\n\th=from:to:subject;\r\n\tbh=7M7avErIcAvYipyOIkAtjWGOXoXUN2zCzWG34AMTTp0=;" \
    "\r\n\tb=kiSO4HM9+gNOJuA8eELP+M9lEBo2IPqt3JDXHbczP9KoFfkENJWc9rucvkpHpZuX\r\n\tTMi+2BcXU1C6J" \
    "VM94Ebc6WgpBCpi1cO2fnkJS1tu9eFgbYhaEHE5i9MtQ3TQJ7ZK\r\n\tZJs7nky9aQUPoIsJc0VtfxG94hFoIonuT" \
    "t+brQDK0lE=\r\n"
#define SIG_BELOW \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=author.example;\r\n" \
    "\ts=s;\r\n\ti=@x.author.example;\r\n\th=from:to:subject;\r\n\tbh=7M7avErIcAvYipyOIkAtjWGOX" \
    "oXUN2zCzWG34AMTTp0=;\r\n\tb=DXywhBX6WiFRmwAh2FiBm9gZYspi9ve6R0rgpMPBViecGWB9pbzaUSeVQBKBBs" \
    "5A\r\n\t2Yjg+droAMrcKpBYrowGGA9aJJNUS08apKosRk6cRUrz9a9Jugx4kwAROxQukUhj\r\n\tS8Q4WwO7hU5o" \
    "RM58WAPLYAevA1TPlOJEBp4UUmjQmXk=\r\n"
#define SIG_PART \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=author.example;\r\n" \
    "\ts=s;\r\n\tl=9;\r\n\th=from:to:subject;\r\n\tbh=VztvzVYHovugVnPr2EIxTFuUMwzNgzJoMalqPg4/c" \
    "S8=;\r\n\tb=dnkrnvi6H+N3LQ4qmI4GqVZt5ICLI4FuyB2lCASnxyfvg6yRkYVec1hlPuQDhHIu\r\n\tNczynFcv" \
    "LG3rp9FsP7/z9+RhZ+N1wjpPJOOSy+ajyz2kRgao8ea4go0UbpJCm6D4\r\n\tpYRtcqIrtYLLGjKLP+LGB6xY86XM" \
    "RqaU5noYi95Lj4c=\r\n"
#define SIG_WHOLE \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=author.example;\r\n" \
    "\ts=s;\r\n\tl=43;\r\n\th=from:to:subject;\r\n\tbh=7M7avErIcAvYipyOIkAtjWGOXoXUN2zCzWG34AMT" \
    "Tp0=;\r\n\tb=OThDgl59JiVSJPx2mM3jOL/F/eDKutY6qYXOLjmfRdE1iyaOLXt1nxY8bj5ZjKg4\r\n\tTJ2Ta20" \
    "2BgICusmN5bLkX9do6a6hwCZ12frvikoCu9Hlmk5VyaNi5pPVNbiUTaGH\r\n\tTCHz+Z9JIwcQl8h4D7vuk9MDSVb" \
    "/ZWcAF98wHyjvNYg=\r\n"
#define SIG_LONG \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=author.example;\r\n" \
    "\ts=s;\r\n\tl=1000;\r\n\th=from:to:subject;\r\n\tbh=7M7avErIcAvYipyOIkAtjWGOXoXUN2zCzWG34A" \
    "MTTp0=;\r\n\tb=mhhO+Y/f3uMPYbOISuiLMRW7YgMSsD5tg2AAyLoGxn7NyJsPXTCFUkQwBVfqWoR0\r\n\tRVfqN" \
    "+rzU/asUwUstmS4nw5ksEx60P4ewSZgHbfrf7EbF5aaXNqDWUCFnGUsKRFA\r\n\tsALxrHqDYgp/96dra6jMkrHjK" \
    "bJxJoprWL32b/7dpO4=\r\n"
#define SIG_WRONG_BODY \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=author.example;\r\n" \
    "\ts=s;\r\n\th=from:to:subject;\r\n\tbh=4MB4+8HHaPZJcrvqhJRiK0zmpp6GYyUVc90NwlvL/Qs=;\r\n\t" \
    "b=X9Zcb8BmFSWocQUPDAi8LL7UAOQqa82hVH8X2u8u/MNzCq+MD4OX/KKWr5zNQyUl\r\n\tIttTUK8hHcRH5+NGJw" \
    "B3eL7OAlAsKDk+qEudJRlcWBGbVq02HjSPNIMsaNd9iZTE\r\n\twD1pXjL4rwsA9+5ASFhdbBq4va34TCAWFLHMlc" \
    "OQcNc=\r\n"
#define SIG_WRONG_B \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=author.example;\r\n" \
    "\ts=s;\r\n\th=from:to:subject;\r\n\tbh=7M7avErIcAvYipyOIkAtjWGOXoXUN2zCzWG34AMTTp0=;\r\n\t" \
    "b=xl/ig8nl7oM7S0+6CFUEJG3667uA8GZfSkEHyYbr/5IkJd2J4AqnZCEdVRiE9ktO\r\n\t3eb2jbmqcWIEolruay" \
    "WWcSaa9A13vKjzFPtWf9IEbmL1NMg24s1UbGdYltWdjCVR\r\n\takcCIt+n8S5EhwLPcdKz2wpfFGJ7LNnUWsfG3R" \
    "OQ6jI=\r\n"
#define SIG_FUTURE \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=author.example;\r\n" \
    "\ts=s;\r\n\tt=1780000100;\r\n\tx=1780000200;\r\n\th=from:to:subject;\r\n\tbh=7M7avErIcAvYi" \
    "pyOIkAtjWGOXoXUN2zCzWG34AMTTp0=;\r\n\tb=X5C7etvXeVVTMm06PjP70ikuVftcp0mOZAoOOXwBnhYa+12xDZ" \
    "A3s+NtxyOMdCUo\r\n\thM3AqJEurQ1/TrmaCglYI6h8XnFoE/bzxrOsW7ayPkRcZSnxRohY71av5DDjaO+s\r\n\t" \
    "IG9DBcZfpGorZ9crjdoI78038Z6GxpoB85Hv/jzJvrg=\r\n"
#define SIG_EXPIRED \
    "DKIM-Signature: v=1;\r\n\ta=rsa-sha256;\r\n\tc=relaxed/relaxed;\r\n\td=author.example;\r\n" \
    "\ts=s;\r\n\tt=1700000000;\r\n\tx=1779999999;\r\n\th=from:to:subject;\r\n\tbh=7M7avErIcAvYi" \
    "pyOIkAtjWGOXoXUN2zCzWG34AMTTp0=;\r\n\tb=dm1PCb0CQmNxSRnjOjdkcfPafECJwlcTG8MTkeSdHSa7UHziZz" \
    "EHNa2eLhRTLcHH\r\n\teyd+wLehjLK0qpP9liE64UydAWzWg5UoqbKEa1/FPRiahF5SCBN7e1z42WVx1k7T\r\n\t" \
    "ecWUY5A0opTDbtgwuxXg+AAtU8O5PGkdsI9P2z8PPDk=\r\n"
#define P_RSA \
    "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDRI2P9edUJTyCouKCfLEdHrXebdkTn6UxO0hRMhKc5DYuiWn6v" \
    "7s9vrguk9y35GG3P0tycsbU1vZeB9vmZ1I/VoGiORw6qnn/76366jrSlonbIiuyOdsoJEQWzMr87iXbkqQi0HA6FV8" \
    "r+Ae4zkd1/o/+tZtgvNwwxX6KCb2/nlQIDAQAB"
#define P_OTHER \
    "p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxbmiRK7LF5BVKmgvBNQ56+O2DLAS9KsLGAPnU1Z533XQ" \
    "q+b6L2z9smNgQwn+OuzW65+PDLpdFXp0XjMkWJBCHLyWJ9HBCwKHl2TLnmvovLOb0HXLhVo+fH1YzDiSa09G7fSrei" \
    "E84JBzwKo1NG6jEJxyqIKayk5AkkjZN2iHHTp5J/bt3DzMUuIlj56xj0/VsWcE/vnLn0DlbgtzCfRvH0GNnoBPSuDX" \
    "L5zQhIrr2V8JgLl3tNh74xindTMYTCKPgWnYAeiSITfxTlXN0DM5C8++VdKYhIpjIBHDaeLcRYTCou2/IR0Fnm5dVt" \
    "rhoeGwfD5wAyrKpZ5/5Ap1KXxytQIDAQAB"
#define P_ED25519 \
    "p=TAhdxThpY4wsy8XkulLsXW1vDw2k4B5yxZXyEiLKEcc="
#define P_TINY \
    "p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALCtCjqPt/kLaM6oVu9zrQzKly7KWmKsfrOyydxL43Y7czQoKwf8/r3g" \
    "TfGw03pj+8WhlaWiiTbr0jtkReCiDRECAwEAAQ=="
/* clang-format on */
