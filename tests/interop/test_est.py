# SPDX-License-Identifier: MIT
"""Enrolment at the real gateway by clients nobody here wrote: curl with openssl, and strongSwan's pki."""

import json
import os
import re
import shutil
import subprocess

import pytest

from gateway_site import Gateway

P256 = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")


def run(*command, text=None, **options):
    return subprocess.run(command, input=text, capture_output=True, timeout=30, **options)


def openssl(*arguments, text=None):
    done = run("openssl", *arguments, text=text)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


class Answer:
    """What curl -i printed."""

    def __init__(self, output):
        head, self.body = output.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}


class Client:
    """A device made of files, curl and openssl."""

    def __init__(self, gateway, folder, name):
        self.gateway, self.folder, self.name = gateway, folder, name
        self.key, self.certificate = folder / "key.pem", folder / "certificate.pem"
        openssl("genpkey", *P256, "-out", str(self.key))

    def token(self, verb="device.add"):
        answer = self.gateway.control(do=verb, id=self.name, peak_power_w=4000)
        assert answer["ok"], answer
        return answer["token"]

    def csr(self, name=None, key=None, form="DER", *more):
        return openssl("req", "-new", "-key", str(key or self.key), "-subj", f"/CN={name or self.name}",
                       "-outform", form, *more)

    def curl(self, path, *arguments, body=None):
        if body is not None:
            arguments += ("--data-binary", "@-")
        done = run("curl", "-sSi", "--http1.1", "--cacert", self.gateway.ca, *arguments,
                   self.gateway.est + path, text=body)
        assert done.returncode == 0, done.stderr.decode()
        return Answer(done.stdout)

    def enrol(self, token, body, path="/.well-known/est/simpleenroll"):
        return self.curl(path, "-u", f"{self.name}:{token}", "-H", "Content-Type: application/pkcs10",
                         body=body)

    def keep(self, answer):
        """Takes a certs-only answer apart by openssl and keeps the certificate."""
        assert answer.status == 200, answer.body
        assert answer.headers["content-type"] == "application/pkcs7-mime; smime-type=certs-only"
        self.certificate.write_bytes(certificates(answer))
        return self.certificate

    def verifies(self):
        done = run("openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile",
                   self.gateway.ca, str(self.certificate))
        same = openssl("x509", "-in", str(self.certificate), "-noout", "-pubkey") == \
            openssl("pkey", "-in", str(self.key), "-pubout")
        return done.returncode == 0 and same

    def reenrol(self, body):
        return self.curl("/.well-known/est/simplereenroll", "--cert", str(self.certificate), "--key",
                         str(self.key), "-H", "Content-Type: application/pkcs10", body=body)


def base64(der, *lines):
    return openssl("base64", *(lines or ("-e",)), text=der)


def certificates(answer):
    one_line = [] if b"\n" in answer.body else ["-A"]
    der = openssl("base64", "-d", *one_line, text=answer.body)
    pem = openssl("pkcs7", "-inform", "DER", "-print_certs", text=der)
    found = re.findall(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", pem, re.S)
    assert len(found) == 1
    return found[0]


def fields(pem, *what):
    return openssl("x509", "-noout", *what, text=pem).decode()


@pytest.fixture(scope="module")
def gateway():
    g = Gateway().start()
    yield g
    g.close()


@pytest.fixture
def client(gateway, tmp_path, request):
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())
    return Client(gateway, tmp_path, name[:32] + name[-32:])


# ---- curl and openssl ----


def test_cacerts_is_the_ca_that_the_gateway_names(gateway, client):
    answer = client.curl("/.well-known/est/cacerts")
    assert answer.status == 200
    assert answer.headers["content-transfer-encoding"] == "base64"
    with open(gateway.ca, "rb") as f:
        assert fields(certificates(answer), "-fingerprint") == fields(f.read(), "-fingerprint")


def test_openssl_finds_the_ca_strict_and_its_fields_right(gateway):
    assert run("openssl", "verify", "-x509_strict", "-CAfile", gateway.ca, gateway.ca).returncode == 0
    with open(gateway.ca, "rb") as f:
        text = fields(f.read(), "-ext", "basicConstraints,keyUsage,subjectKeyIdentifier")
    assert "X509v3 Basic Constraints: critical\n    CA:TRUE, pathlen:0" in text
    assert "X509v3 Key Usage: critical\n    Certificate Sign, CRL Sign" in text


@pytest.mark.parametrize("form", ["lines", "one line", "PEM", "DER"])
def test_a_request_in_any_form_gets_a_certificate(client, form):
    der = client.csr()
    body = {"lines": base64(der), "one line": base64(der, "-A"), "PEM": client.csr(form="PEM"),
            "DER": der}[form]
    answer = client.enrol(client.token(), body)
    client.keep(answer)
    assert (b"\n" in answer.body) == (form != "one line")
    assert client.verifies()


def test_the_certificate_says_what_it_should(client):
    client.keep(client.enrol(client.token(), base64(client.csr())))
    pem = client.certificate.read_bytes()
    text = fields(pem, "-subject", "-ext",
                  "keyUsage,extendedKeyUsage,subjectAltName,basicConstraints,authorityKeyIdentifier")
    assert f"subject=CN = {client.name}\n" in text
    assert "Key Usage: critical\n    Digital Signature" in text
    assert "TLS Web Client Authentication" in text and "Server" not in text
    assert f"URI:wattward:device:{client.name}" in text
    assert "CA:FALSE" in text and "keyid" not in text.lower().split("authority key")[0]


def test_a_token_works_once_and_a_wrong_one_not_at_all(client):
    token = client.token()
    wrong = ("0" if token[0] != "0" else "1") + token[1:]
    refused = client.enrol(wrong, base64(client.csr()))
    assert refused.status == 401
    assert refused.headers["www-authenticate"].startswith("Basic ")
    assert refused.body == b"the device id or its token is wrong\n"
    assert client.enrol(token, base64(client.csr())).status == 200
    openssl("genpkey", *P256, "-out", str(client.key))
    assert client.enrol(token, base64(client.csr())).status == 401
    assert client.enrol(client.token("device.token"), base64(client.csr())).status == 200


def test_an_answer_that_was_lost_is_given_again_to_the_same_key(client):
    token = client.token()
    first = client.enrol(token, base64(client.csr()))
    again = client.enrol(token, base64(client.csr()))
    client.keep(again)
    assert client.verifies()
    assert fields(certificates(first), "-serial") != fields(certificates(again), "-serial")


def test_curl_that_waits_for_the_challenge_enrols_too(client):
    answer = client.curl("/.well-known/est/simpleenroll", "--anyauth", "-u",
                         f"{client.name}:{client.token()}", body=base64(client.csr()))
    if answer.status == 401:  # curl prints both answers
        answer = Answer(answer.body[answer.body.index(b"HTTP/1.1 200"):])
    client.keep(answer)
    assert client.verifies()


def test_bad_requests_are_400_and_say_why(client, tmp_path):
    token = client.token()
    rsa = tmp_path / "rsa.pem"
    openssl("genpkey", "-algorithm", "RSA", "-out", str(rsa))
    cases = [
        (b"hello", b"the body is not a certificate request"),
        (base64(client.csr(name="somebody-else")), b"the common name"),
        (base64(client.csr(name=client.name + "/CN=two")), b"exactly one common name"),
        (base64(client.csr(key=rsa)), b"not an uncompressed P-256 point"),
        (base64(client.csr(None, None, "DER", "-sha1")), b"not signed by ECDSA with SHA-256"),
        (base64(client.csr()[:-1] + b"\x00"), b""),
    ]
    for body, sentence in cases:
        answer = client.enrol(token, body)
        assert answer.status == 400
        assert answer.headers["content-type"].startswith("text/plain")
        assert sentence in answer.body
    assert client.enrol(token, base64(client.csr())).status == 200


def test_the_current_certificate_renews_and_the_one_before_does_not(client, tmp_path):
    client.keep(client.enrol(client.token(), base64(client.csr())))
    old_certificate, old_key = tmp_path / "old.pem", tmp_path / "old.key"
    shutil.copy(client.certificate, old_certificate)
    shutil.copy(client.key, old_key)
    next_key = tmp_path / "next.key"
    openssl("genpkey", *P256, "-out", str(next_key))
    answer = client.reenrol(base64(client.csr(key=next_key)))
    shutil.copy(next_key, client.key)
    client.keep(answer)
    assert client.verifies()
    assert fields(old_certificate.read_bytes(), "-serial") != \
        fields(client.certificate.read_bytes(), "-serial")
    shutil.copy(old_certificate, client.certificate)
    shutil.copy(old_key, client.key)
    refused = client.reenrol(base64(client.csr()))
    assert refused.status == 401
    assert refused.body == b"the certificate is not the device's current one\n"


def test_a_certificate_of_another_ca_is_nobody(client, tmp_path):
    client.token()
    openssl("req", "-x509", "-key", str(client.key), "-subj", f"/CN={client.name}", "-out",
            str(client.certificate))
    done = run("curl", "-sSi", "--cacert", client.gateway.ca, "--cert", str(client.certificate),
               "--key", str(client.key), "--data-binary", "@-",
               client.gateway.est + "/.well-known/est/simplereenroll", text=base64(client.csr()))
    assert done.returncode != 0 or Answer(done.stdout).status == 401


def test_a_removed_device_renews_nothing(client):
    client.keep(client.enrol(client.token(), base64(client.csr())))
    assert client.gateway.control(do="device.remove", id=client.name)["ok"]
    assert client.reenrol(base64(client.csr())).status == 401


def test_the_seeds_form_is_answered_in_its_own_words(client):
    form = {"device_id": client.name, "csr": client.csr(form="PEM").decode(), "peak_power": 3000.5,
            "bootstrap_token": client.token()}
    answer = client.curl("/enroll", "-H", "Content-Type: application/json",
                         body=json.dumps(form).encode())
    assert answer.status == 200
    reply = json.loads(answer.body)
    assert reply["status"] == "success"
    client.certificate.write_text(reply["certificate"])
    assert client.verifies()
    with open(client.gateway.ca, encoding="ascii") as f:
        assert reply["ca_certificate"] == f.read()
    del form["bootstrap_token"]
    answer = client.curl("/enroll", body=json.dumps(form).encode())
    assert answer.status == 401
    assert json.loads(answer.body) == {"error": "a device id and its claim token are needed"}


def test_older_tls_than_1_2_is_not_spoken(client):
    port = client.gateway.est.rsplit(":", 1)[1]
    hello = ("openssl", "s_client", "-connect", "127.0.0.1:" + port, "-cipher", "ALL:@SECLEVEL=0")
    assert run(*hello, "-tls1_1", text=b"").returncode != 0
    assert run(*hello, "-tls1_2", text=b"").returncode == 0


# ---- strongSwan ----


def pki(*arguments):
    if shutil.which("pki") is None:
        pytest.skip("strongSwan's pki is not installed")
    return run("pki", *arguments)


def pki_certificate(client, *arguments):
    request = client.folder / "request.der"
    request.write_bytes(client.csr())
    done = pki("--est", "--url", client.gateway.est, "--in", str(request), "--cacert",
               client.gateway.ca, "--outform", "pem", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    client.certificate.write_bytes(done.stdout)


def test_strongswan_fetches_the_ca(client):
    out = client.folder / "ca.pem"
    done = pki("--estca", "--url", client.gateway.est, "--cacert", client.gateway.ca, "--caout",
               str(out), "--outform", "pem")
    assert done.returncode == 0, done.stderr.decode()
    with open(client.gateway.ca, "rb") as f:
        assert fields(out.read_bytes(), "-fingerprint") == fields(f.read(), "-fingerprint")


def test_strongswan_enrols_with_a_token_and_renews_with_its_certificate(client):
    pki_certificate(client, "--userpass", f"{client.name}:{client.token()}")
    assert client.verifies()
    first = fields(client.certificate.read_bytes(), "-serial")
    old = client.folder / "old.pem"
    shutil.copy(client.certificate, old)
    pki_certificate(client, "--cert", str(old), "--key", str(client.key))
    assert client.verifies()
    assert fields(client.certificate.read_bytes(), "-serial") != first


# ---- the limit, last: it shuts this address out for a while ----


def test_who_guesses_is_told_to_wait(client):
    client.token()
    statuses = []
    for _ in range(25):
        answer = client.enrol("0000", base64(client.csr()))
        statuses.append(answer.status)
        if answer.status == 429:
            break
    assert set(statuses[:-1]) == {401} and statuses[-1] == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.body == b"too many tries; wait a moment\n"
    assert os.path.exists(client.gateway.ca)
