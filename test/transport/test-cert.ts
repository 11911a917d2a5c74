// A certificate for 127.0.0.1, signed by itself, valid for a hundred years and trusted by nobody.
// Made with: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500
//   -subj "/CN=qrt test" -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem

export const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgssdGpYoecefeGbXS
dLG0CS0AWVBea2O5dW+CecxeTt2hRANCAAQBNLRNj66eEF0U2L4FUjUesdGDTsrh
Zp5g//WmxJ6fFbAJxygSaWII2Udx/0TIrpclZtnEgj4PAzRuQdABbKRv
-----END PRIVATE KEY-----
`;

export const TEST_CERT = `-----BEGIN CERTIFICATE-----
MIIBjjCCATSgAwIBAgIUdQcHjpjHvWBLfNuvrQaAbCOoMKkwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIcXJ0IHRlc3QwIBcNMjYxMTIxMjEzMzEyWhgPMjEyNjEwMjgy
MTMzMTJaMBMxETAPBgNVBAMMCHFydCB0ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEATS0TY+unhBdFNi+BVI1HrHRg07K4WaeYP/1psSenxWwCccoEmliCNlH
cf9EyK6XJWbZxII+DwM0bkHQAWykb6NkMGIwHQYDVR0OBBYEFDoCCHkuZ9Trk5DI
EmqdG6mRAw/DMB8GA1UdIwQYMBaAFDoCCHkuZ9Trk5DIEmqdG6mRAw/DMA8GA1Ud
EQQIMAaHBH8AAAEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiB4
1jcRhfgvsL542Gw7VR7CT26Ag1Ofwusvh1bSHVu5HQIhAIFLtVvMI23qs0BAYpJ8
pSmowKX8lzXnrC4u6af3Al0V
-----END CERTIFICATE-----
`;
