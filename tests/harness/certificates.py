"""A certificate authority for the tests, made by openssl in a temporary folder."""

import subprocess
from pathlib import Path


class Certificates:
    """`trusted` signs everything but `rogue`; names are file stems: path("server.crt"), path("server.key")."""

    def __init__(self, folder):
        self._folder = Path(folder)
        self._authority("ca")
        self._authority("other-ca")
        self._issue("server", "ca", "localhost", names="DNS:localhost,IP:127.0.0.1")
        self._issue("server-sha384", "ca", "localhost", names="DNS:localhost,IP:127.0.0.1", digest="sha384")
        self._issue("elsewhere", "ca", "elsewhere.example", names="DNS:elsewhere.example")
        self._issue("certificate_user", "ca", "certificate_user")
        self._issue("rogue", "other-ca", "certificate_user")

    def path(self, name):
        return self._folder / name

    def _run(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=self._folder)

    def _authority(self, name):
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                  "-subj", f"/CN=sql-proxy test {name}", "-keyout", f"{name}.key", "-out", f"{name}.crt")

    def _issue(self, name, authority, common_name, *, names=None, digest="sha256"):
        self._run("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                  "-subj", f"/CN={common_name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        extension = self.path(f"{name}.ext")
        extension.write_text(f"subjectAltName={names}\n" if names else "basicConstraints=CA:FALSE\n")
        self._run("x509", "-req", f"-{digest}", "-days", "30", "-in", f"{name}.csr", "-CA", f"{authority}.crt",
                  "-CAkey", f"{authority}.key", "-CAcreateserial", "-extfile", extension.name, "-out", f"{name}.crt")
