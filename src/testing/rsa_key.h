#ifndef DATAHAUL_TESTING_RSA_KEY_H_
#define DATAHAUL_TESTING_RSA_KEY_H_

namespace datahaul {

// Made for tests, and known to everybody.
inline constexpr char kRsaKey[] = R"(-----BEGIN PRIVATE KEY-----
MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBALMuXZMgXEd1Hl3F
/NaPERvYhsUvQSYvjiJ3cznYIWpGsn1bCSRewU8lzFv3mwzYDvGlYAV2lfOy857J
Ez0Uh6U9HOPac9GomKpVMSYG8ELkxM9BmlNUIZVEEIU/EdNfceG+rX/JGKotscI7
KIrhpcQ4SSo5FpIataiBvBRsbmYhAgMBAAECgYADCZsuflLyJysfndaecIhyt2X5
e8aX9iBrtyit51sRqScndt6dzjlqtRJU0MrBGfyO3iXVkeAS5Iq6u1/nHiz6ed5P
1EFZ5lcWZEzlu5x92+2fPhLuItCkt9XgGrnpQuYBWA3ByoBSVjlAlJVTg2vCkJ1J
71xW8tpyobfyLzI93QJBANsNoxs9UhlKgqpGcQf9fX2SyOdTQkz/1eFTH5A6KQP3
VTFBc0Lr+uiq/PXopmvqzgwhjwR9biGvSCxpa6a8nwcCQQDRZx0hj93fudMDVSeh
HUp9qn8qFFM3zUo4b4cvpTSnr/OJtkfp6/kcGxfMwoUffTYk0Jw1OeeOtWLUYh63
T1+XAkA7p+Mbr/+D077yEG0H+AkNAcSk+w+7WJEu5CxcYvp4kgspduGlAA88/hQW
BF4OVcv3kcwZNO+hTNMjBTLEHepRAkAjp7IPH+cAjCyA2cQIq+seIKTMbm+JBdyI
ZX0YQMIJd205Wp8+Fl7xSS+xPsHaDcDlXdvrODPUWdA9J4PhZJN7AkBgToXPh66Z
pxuc67MBb8PczVlSPSE00vOBwsq+qCaFL7U9Pn8d6e9uv9tximCuqOjplzuwKqFf
rOGZUnACqvbY
-----END PRIVATE KEY-----
)";

}  // namespace datahaul

#endif  // DATAHAUL_TESTING_RSA_KEY_H_
