"""Words that matter when reading where somebody lives; in small ASCII letters, "het" written "t"."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SPELLINGS = {
    "st": "sint",
    "het": "t",
    "aan de": "ad",
    "aan den": "ad",
    "aan der": "ad",
    "a d": "ad",
    "a dam": "amsterdam",
    "r dam": "rotterdam",
    "rdam": "rotterdam",
    "boz": "bergen op zoom",
}
NOT_POSTCODE_LETTERS = _words("ik in en is of te we of om op")
LEADING = _words(
    "ik ben we wij woon woont wonen leef kom kwam zit verblijf nu in te uit bij op rond vlakbij de t mijn m n gemeente "
    "woonplaats adres plaats stad dorp is naam heet ergens i live am from near my city town municipality ich wohne "
    "im aus j habite a mieszkam w hallo hoi ja van"
)
PREPOSITIONS = _words("in te uit bij gemeente woonplaats plaats stad dorp from near")
JOINING = _words("in bij de t provincie prov gemeente")
DENIALS = _words("niet geen nooit not no never nie")
GENERIC = _words(
    "noord oost zuid west noorden oosten zuiden westen centrum stad dorp wijk buurt park kamp veld straat brug hof land "
    "dijk nieuw peel eind hoofd"
)
COUNTRY = _words("nederland netherlands nl")
LARGER_AREAS = _words("nederland holland friesland twente gooi achterhoek veluwe betuwe randstad")
RARELY_A_PLACE = _words("zeeland america een heel hem hee ie est erm neer gauw echt")
NEVER_A_HAMLET = GENERIC | LARGER_AREAS
ALSO_A_WORD = RARELY_A_PLACE | _words(
    "amen anderen balk best boer bontebok born broek brug buchten buren dalen deelen dieren donderen doorn dorst duiven "
    "duizel else enter erica gasteren gees glimmen goes goor grave groet halfweg hall halle handel hank haps heide helden "
    "herten hoek hoeven horn horst houten huizen hulst klimmen leek lies linde linden loon made marken meeuwen mill "
    "moddergat monster mussel nooitgedacht noorden oranje overslag petten philippine putten reek roden rome schijf schiphol "
    "sloten sluis son spier stein thorn veen velden vries waal waarde wateren watergang well wier wilgen winde winkel zegge "
    "zetten zurich zwaag"
)
NEVER_A_TYPO = (
    ALSO_A_WORD
    | LEADING
    | GENERIC
    | LARGER_AREAS
    | _words(
        "school thuis nergens overal weet alles niets later straks morgen vandaag buiten binnen werken leren moeder vader "
        "ouders vriend vrienden familie kamer opvang groep alleen samen hello salam merhaba stoppen terug verder menu help "
        "praten mensen praat mens over werk wil wat hoe schulden hierzo daarzo duitsland belgie syrie oekraine marokko "
        "turkije polen"
    )
)
NEVER_IN_A_TYPO = NEVER_A_TYPO - LEADING
PROVINCE_WORDS = {
    "Drenthe": ("drenthe", "dr"),
    "Flevoland": ("flevoland", "fl"),
    "Friesland": ("friesland", "fryslan", "fr"),
    "Gelderland": ("gelderland", "gld"),
    "Groningen": ("groningen", "gn", "gr"),
    "Limburg": ("limburg", "lb"),
    "Noord-Brabant": ("noord brabant", "brabant", "nb"),
    "Noord-Holland": ("noord holland", "nh"),
    "Overijssel": ("overijssel", "ov"),
    "Utrecht": ("utrecht", "ut"),
    "Zeeland": ("zeeland", "zl"),
    "Zuid-Holland": ("zuid holland", "zh"),
}
