"""The authorities that servers' certificates may be of."""

import pytest

from taskchat.transport_security import create_tls_context


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SSL_CERT_FILE", "/nowhere/authority.pem", "SSL_CERT_FILE: No such file or directory. Name"),
        ("SSL_CERT_FILE", __file__, "SSL_CERT_FILE: it contains no certificates. Name"),
    ],
)
def test_a_file_without_certificates_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as refused:
        create_tls_context()
    assert str(refused.value).startswith(complaint)
    assert "\n" not in str(refused.value)
