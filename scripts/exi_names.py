"""C names for the schemas' names: EVSEPresentVoltage -> evse_present_voltage."""
import re

# The field's abbreviations; without them EVRESSSOC would come out as one word. Longest first.
ABBREVIATIONS = (
    "SECP521 EMAIDs EVCCID EVSEID BSSID EMAID eMAID EVPPT X509 X448 ACDP EVSE EVCC EVPC ECDH SECC RESS "
    "RSSI EIRP SSID HMAC WLAN VARh SMDT eMSP PMax IDs BPT EIM PnC CPD CPS OEM TPM VAS SPC WPT SOC SoC "
    "V2X V2G FOD LOP URI RCD IMD XYZ SKI LPE Tx Rx EV AC DC CL SE AS SA SD PD LF DH dH CP ID IP MV Xc Yc L1 L2 L3"
).split()
SPLIT = {"EVCCID": "evcc_id", "EVSEID": "evse_id", "IDREF": "idref"}
# One in capitals does not reach into a word: EVCPStatus is ev_cp_status.
WORD = re.compile(
    "|".join(a + ("(?![a-z])" if a.isupper() and a != "DH" else "") for a in ABBREVIATIONS)
    + r"|[A-Z]+[0-9]*(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+"
)
KEYWORDS = {"short", "int", "long", "float", "double", "bool", "default", "register", "signed"}


def words(name):
    return [SPLIT.get(w, w.lower()) for w in WORD.findall(name)]


def snake(name):
    text = "_".join(words(name))
    return text + "_" if text in KEYWORDS else text


def strip_type(name):
    return name[:-4] if name.endswith("Type") and name != "Type" else name


def common_suffix(names):
    """The words that all names end in, at least one word before them left in each."""
    split = [words(n) for n in names]
    length = min(len(s) for s in split)
    for n in range(length, 0, -1):
        if len({tuple(s[-n:]) for s in split}) == 1:
            return split[0][-n:]
    return []
