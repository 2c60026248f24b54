/*-------------------------------------------------------------------------
 *
 * label_data.c
 *	  The labels that come with the extension, each with its source.
 *
 * A label is written in its normal form: in lower case, in UTF-8.  It may stand
 * twice in a set, with two scores: then published lists of answers disagree on
 * it, and to look it up is an error until a user has chosen.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "labels.h"

/* Where a label has this score; doc/reference/labels.md cites each in full. */
#define COMMON "common wording"
#define VAGIAS "Vagias 2006"
#define SWLS "Diener et al. 1985"
#define KAPP "Kapp"
#define SURVEYMONKEY "SurveyMonkey (Likert scale)"
#define SURVEYMONKEY_CES "SurveyMonkey (customer effort score)"
#define APIZEE "Apizee"
#define CEB "CEB"
#define CALL_CENTRE "Call Centre Helper"
#define AMEE "Artino et al. 2014"
#define TSES "Tschannen-Moran and Hoy 2001"
#define SOGOLYTICS "Sogolytics"
#define INTRACTICO "Intractico"
#define FRESHSURVEY "Freshsurvey"
#define SIGMAPEDIA "Sigmapedia"
#define ESS "European Social Survey"
#define WHOQOL "WHOQOL-BREF"
#define SF36 "SF-36"
#define P800 "ITU-T P.800"
#define SF12_NL "SF-12 (Dutch)"
#define PROMIS_NL "PROMIS Global Health (Dutch)"
#define CBS_AGREEMENT "CBS 2022"
#define CBS_HOUSING "CBS 2018"
#define CBS_HEALTH_OLD "CBS before 2001"
#define CBS_HEALTH "CBS since 2001"
#define SCRIBBR "Scribbr (Dutch)"
#define TUESDAY "Tuesday Surveys"
#define TOOLSHERO "Toolshero (Dutch)"
#define STUDIEMEESTERS "Studiemeesters"
#define INSOCIAL "Insocial"
#define YOUR_OPINION "Your Opinion Is (Dutch)"
#define PLAS "Van der Plas (Dutch)"
#define WUX "WUX"
#define ENSIE "Ensie"
#define STARRED "Starred (Dutch)"
#define SURVEYMONKEY_NL "SurveyMonkey (Dutch)"
#define AHASLIDES "AhaSlides (Dutch)"
#define EZTESTS "EZTests (Dutch)"
#define HARVENT "Harvent (Dutch)"
#define IFIXIT "iFixit"
#define FEEDBACK_COMPANY "Feedback Company (Dutch)"
#define ICF_NL "ICF (Dutch)"
#define OXFORD_HIP_NL "Oxford Hip Score (Dutch)"
#define SURVALYZER "Survalyzer (Dutch)"
#define UNICODE "Unicode, by name"
#define AND "; "

static const CesShippedLabel agreement7[] =
	{
		{"en", "strongly disagree", 1, VAGIAS AND SWLS},
		{"en", "completely disagree", 1, COMMON},
		{"en", "totally disagree", 1, COMMON},
		{"en", "disagree", 2, VAGIAS AND SWLS},
		{"en", "somewhat disagree", 3, VAGIAS},
		{"en", "slightly disagree", 3, SWLS},
		{"en", "neither agree nor disagree", 4, SWLS},
		{"en", "neither agree or disagree", 4, VAGIAS},
		{"en", "neither", 4, COMMON},
		{"en", "neutral", 4, COMMON},
		{"en", "undecided", 4, APIZEE},
		{"en", "somewhat agree", 5, VAGIAS},
		{"en", "slightly agree", 5, SWLS},
		{"en", "agree", 6, VAGIAS AND SWLS},
		{"en", "strongly agree", 7, VAGIAS AND SWLS},
		{"en", "completely agree", 7, COMMON},
		{"en", "totally agree", 7, COMMON},
		{"nl", "helemaal mee oneens", 1, SCRIBBR},
		{"nl", "zeer mee oneens", 1, TUESDAY AND SURVEYMONKEY_NL},
		{"nl", "helemaal oneens", 1, AHASLIDES},
		{"nl", "helemaal niet mee eens", 1, COMMON},
		{"nl", "zeer oneens", 1, COMMON},
		{"nl", "volledig oneens", 1, AHASLIDES},
		{"nl", "volledig mee oneens", 1, COMMON},
		{"nl", "geheel mee oneens", 1, COMMON},
		{"nl", "totaal mee oneens", 1, COMMON},
		{"nl", "helemaal niet akkoord", 1, COMMON},
		{"nl", "sterk oneens", 1, EZTESTS},
		{"nl", "sterk mee oneens", 1, COMMON},
		{"nl", "absoluut niet akkoord", 1, HARVENT},
		{"nl", "mee oneens", 2, COMMON},
		{"nl", "niet mee eens", 2, COMMON},
		{"nl", "oneens", 2, PLAS},
		{"nl", "sterk mee oneens", 2, SCRIBBR},
		{"nl", "niet akkoord", 2, HARVENT},
		{"nl", "oneens", 3, SCRIBBR},
		{"nl", "enigszins mee oneens", 3, COMMON},
		{"nl", "enigszins oneens", 3, PLAS AND EZTESTS},
		{"nl", "een beetje mee oneens", 3, COMMON},
		{"nl", "een beetje oneens", 3, COMMON},
		{"nl", "beetje mee oneens", 3, COMMON},
		{"nl", "beetje oneens", 3, COMMON},
		{"nl", "gedeeltelijk mee oneens", 3, COMMON},
		{"nl", "gedeeltelijk oneens", 3, COMMON},
		{"nl", "eerder mee oneens", 3, COMMON},
		{"nl", "eerder oneens", 3, COMMON},
		{"nl", "eerder niet akkoord", 3, HARVENT},
		{"nl", "neutraal", 4, SCRIBBR AND HARVENT},
		{"nl", "niet mee eens en niet mee oneens", 4, COMMON},
		{"nl", "niet eens en niet oneens", 4, COMMON},
		{"nl", "niet mee eens, niet mee oneens", 4, COMMON},
		{"nl", "niet mee eens/niet mee oneens", 4, COMMON},
		{"nl", "noch eens noch oneens", 4, COMMON},
		{"nl", "niet eens, niet oneens", 4, COMMON},
		{"nl", "geen van beide", 4, COMMON},
		{"nl", "noch eens, noch oneens", 4, EZTESTS},
		{"nl", "enigszins mee eens", 5, EZTESTS},
		{"nl", "enigszins eens", 5, PLAS},
		{"nl", "een beetje mee eens", 5, COMMON},
		{"nl", "een beetje eens", 5, COMMON},
		{"nl", "eens", 5, SCRIBBR},
		{"nl", "beetje mee eens", 5, COMMON},
		{"nl", "beetje eens", 5, COMMON},
		{"nl", "gedeeltelijk mee eens", 5, COMMON},
		{"nl", "gedeeltelijk eens", 5, COMMON},
		{"nl", "eerder mee eens", 5, COMMON},
		{"nl", "eerder eens", 5, COMMON},
		{"nl", "eerder akkoord", 5, HARVENT},
		{"nl", "mee eens", 6, COMMON},
		{"nl", "eens", 6, PLAS},
		{"nl", "sterk mee eens", 6, SCRIBBR},
		{"nl", "akkoord", 6, HARVENT},
		{"nl", "helemaal mee eens", 7, SCRIBBR},
		{"nl", "zeer mee eens", 7, TUESDAY AND SURVEYMONKEY_NL},
		{"nl", "helemaal eens", 7, AHASLIDES},
		{"nl", "zeer eens", 7, COMMON},
		{"nl", "volledig mee eens", 7, COMMON},
		{"nl", "geheel mee eens", 7, COMMON},
		{"nl", "totaal mee eens", 7, COMMON},
		{"nl", "volledig eens", 7, AHASLIDES},
		{"nl", "sterk mee eens", 7, EZTESTS},
		{"nl", "helemaal akkoord", 7, COMMON},
		{"nl", "absoluut akkoord", 7, HARVENT},
};

static const CesShippedLabel agreement5[] =
	{
		{"en", "strongly disagree", 1, VAGIAS AND SURVEYMONKEY_CES},
		{"en", "completely disagree", 1, COMMON},
		{"en", "totally disagree", 1, COMMON},
		{"en", "disagree", 2, VAGIAS AND SURVEYMONKEY_CES},
		{"en", "neither agree nor disagree", 3, SURVEYMONKEY_CES},
		{"en", "neither agree or disagree", 3, VAGIAS},
		{"en", "neither", 3, COMMON},
		{"en", "neutral", 3, COMMON},
		{"en", "undecided", 3, COMMON},
		{"en", "agree", 4, VAGIAS AND SURVEYMONKEY_CES},
		{"en", "strongly agree", 5, VAGIAS AND SURVEYMONKEY_CES},
		{"en", "completely agree", 5, COMMON},
		{"en", "totally agree", 5, COMMON},
		{"nl", "helemaal mee oneens", 1, CBS_AGREEMENT AND TOOLSHERO},
		{"nl", "helemaal oneens", 1, STUDIEMEESTERS AND INSOCIAL AND AHASLIDES},
		{"nl", "zeer mee oneens", 1, TUESDAY},
		{"nl", "helemaal niet mee eens", 1, COMMON},
		{"nl", "zeer oneens", 1, COMMON},
		{"nl", "volledig oneens", 1, AHASLIDES},
		{"nl", "volledig mee oneens", 1, COMMON},
		{"nl", "geheel mee oneens", 1, COMMON},
		{"nl", "totaal mee oneens", 1, COMMON},
		{"nl", "sterk mee oneens", 1, COMMON},
		{"nl", "sterk oneens", 1, COMMON},
		{"nl", "helemaal niet akkoord", 1, COMMON},
		{"nl", "mee oneens", 2, CBS_AGREEMENT},
		{"nl", "oneens", 2, STUDIEMEESTERS AND TOOLSHERO},
		{"nl", "niet mee eens", 2, COMMON},
		{"nl", "een beetje mee oneens", 2, COMMON},
		{"nl", "een beetje oneens", 2, COMMON},
		{"nl", "beetje mee oneens", 2, COMMON},
		{"nl", "beetje oneens", 2, COMMON},
		{"nl", "niet akkoord", 2, COMMON},
		{"nl", "niet mee eens, niet mee oneens", 3, CBS_AGREEMENT},
		{"nl", "niet mee eens/niet mee oneens", 3, COMMON},
		{"nl", "noch eens noch oneens", 3, COMMON},
		{"nl", "niet eens, niet oneens", 3, TOOLSHERO},
		{"nl", "neutraal", 3, STUDIEMEESTERS AND INSOCIAL},
		{"nl", "niet mee eens en niet mee oneens", 3, COMMON},
		{"nl", "niet eens en niet oneens", 3, COMMON},
		{"nl", "geen van beide", 3, COMMON},
		{"nl", "een beetje mee eens", 3, COMMON},
		{"nl", "een beetje eens", 3, COMMON},
		{"nl", "beetje mee eens", 3, COMMON},
		{"nl", "beetje eens", 3, COMMON},
		{"nl", "noch eens, noch oneens", 3, COMMON},
		{"nl", "mee eens", 4, CBS_AGREEMENT},
		{"nl", "eens", 4, STUDIEMEESTERS AND INSOCIAL},
		{"nl", "een beetje mee eens", 4, COMMON},
		{"nl", "een beetje eens", 4, COMMON},
		{"nl", "beetje mee eens", 4, COMMON},
		{"nl", "beetje eens", 4, COMMON},
		{"nl", "akkoord", 4, COMMON},
		{"nl", "helemaal mee eens", 5, CBS_AGREEMENT AND INSOCIAL},
		{"nl", "helemaal eens", 5, STUDIEMEESTERS AND AHASLIDES},
		{"nl", "zeer mee eens", 5, TUESDAY},
		{"nl", "zeer eens", 5, COMMON},
		{"nl", "volledig mee eens", 5, COMMON},
		{"nl", "geheel mee eens", 5, COMMON},
		{"nl", "totaal mee eens", 5, COMMON},
		{"nl", "volledig eens", 5, AHASLIDES},
		{"nl", "sterk mee eens", 5, COMMON},
		{"nl", "sterk eens", 5, COMMON},
		{"nl", "helemaal akkoord", 5, COMMON},
};

static const CesShippedLabel ease5[] =
	{
		{"en", "very difficult", 1, VAGIAS AND APIZEE AND IFIXIT},
		{"en", "very hard", 1, COMMON},
		{"en", "difficult", 2, VAGIAS AND APIZEE AND IFIXIT},
		{"en", "hard", 2, COMMON},
		{"en", "neither easy nor difficult", 3, APIZEE},
		{"en", "neutral", 3, VAGIAS},
		{"en", "neither", 3, COMMON},
		{"en", "neither difficult nor easy", 3, COMMON},
		{"en", "moderate", 3, IFIXIT},
		{"en", "neither hard nor easy", 3, COMMON},
		{"en", "neither easy nor hard", 3, COMMON},
		{"en", "easy", 4, VAGIAS AND APIZEE AND IFIXIT},
		{"en", "very easy", 5, VAGIAS AND APIZEE AND IFIXIT},
		{"nl", "zeer moeilijk", 1, YOUR_OPINION AND IFIXIT},
		{"nl", "heel moeilijk", 1, WUX},
		{"nl", "erg moeilijk", 1, COMMON},
		{"nl", "zeer lastig", 1, COMMON},
		{"nl", "heel lastig", 1, COMMON},
		{"nl", "erg lastig", 1, COMMON},
		{"nl", "moeilijk", 2, IFIXIT},
		{"nl", "lastig", 2, COMMON},
		{"nl", "geen van beide", 3, COMMON},
		{"nl", "niet moeilijk en niet gemakkelijk", 3, COMMON},
		{"nl", "niet gemakkelijk en niet moeilijk", 3, COMMON},
		{"nl", "niet moeilijk en niet makkelijk", 3, COMMON},
		{"nl", "niet makkelijk en niet moeilijk", 3, COMMON},
		{"nl", "neutraal", 3, COMMON},
		{"nl", "niet gemakkelijk, niet moeilijk", 3, COMMON},
		{"nl", "niet moeilijk, niet gemakkelijk", 3, COMMON},
		{"nl", "niet gemakkelijk en niet lastig", 3, COMMON},
		{"nl", "niet gemakkelijk, niet lastig", 3, COMMON},
		{"nl", "niet lastig en niet gemakkelijk", 3, COMMON},
		{"nl", "niet lastig, niet gemakkelijk", 3, COMMON},
		{"nl", "niet makkelijk, niet moeilijk", 3, COMMON},
		{"nl", "niet moeilijk, niet makkelijk", 3, COMMON},
		{"nl", "niet makkelijk en niet lastig", 3, COMMON},
		{"nl", "niet makkelijk, niet lastig", 3, COMMON},
		{"nl", "niet lastig en niet makkelijk", 3, COMMON},
		{"nl", "niet lastig, niet makkelijk", 3, COMMON},
		{"nl", "niet eenvoudig en niet moeilijk", 3, COMMON},
		{"nl", "niet eenvoudig, niet moeilijk", 3, COMMON},
		{"nl", "niet moeilijk en niet eenvoudig", 3, COMMON},
		{"nl", "niet moeilijk, niet eenvoudig", 3, COMMON},
		{"nl", "niet eenvoudig en niet lastig", 3, COMMON},
		{"nl", "niet eenvoudig, niet lastig", 3, COMMON},
		{"nl", "niet lastig en niet eenvoudig", 3, COMMON},
		{"nl", "niet lastig, niet eenvoudig", 3, COMMON},
		{"nl", "gemiddeld", 3, IFIXIT},
		{"nl", "gemakkelijk", 4, COMMON},
		{"nl", "makkelijk", 4, COMMON},
		{"nl", "eenvoudig", 4, IFIXIT},
		{"nl", "simpel", 4, COMMON},
		{"nl", "zeer makkelijk", 5, YOUR_OPINION},
		{"nl", "heel gemakkelijk", 5, WUX},
		{"nl", "zeer gemakkelijk", 5, COMMON},
		{"nl", "heel makkelijk", 5, COMMON},
		{"nl", "erg gemakkelijk", 5, COMMON},
		{"nl", "erg makkelijk", 5, COMMON},
		{"nl", "zeer eenvoudig", 5, IFIXIT},
		{"nl", "heel eenvoudig", 5, COMMON},
		{"nl", "erg eenvoudig", 5, COMMON},
		{"nl", "zeer simpel", 5, COMMON},
		{"nl", "heel simpel", 5, COMMON},
		{"nl", "erg simpel", 5, COMMON},
};

static const CesShippedLabel effort5[] =
	{
		{"en", "very low effort", 1, CEB AND CALL_CENTRE},
		{"en", "very little effort", 1, COMMON},
		{"en", "very little", 1, COMMON},
		{"en", "very low", 1, COMMON},
		{"en", "no effort", 1, COMMON},
		{"en", "no effort at all", 1, COMMON},
		{"en", "almost no effort", 1, AMEE},
		{"en", "very little", 2, TSES},
		{"en", "little effort", 2, COMMON},
		{"en", "little", 2, COMMON},
		{"en", "low effort", 2, CALL_CENTRE},
		{"en", "low", 2, COMMON},
		{"en", "a little bit of effort", 2, AMEE},
		{"en", "a little effort", 2, COMMON},
		{"en", "moderate effort", 3, CEB},
		{"en", "neutral", 3, CEB AND CALL_CENTRE},
		{"en", "moderate", 3, COMMON},
		{"en", "average effort", 3, COMMON},
		{"en", "average", 3, COMMON},
		{"en", "some effort", 3, AMEE},
		{"en", "much effort", 4, COMMON},
		{"en", "much", 4, COMMON},
		{"en", "a lot of effort", 4, COMMON},
		{"en", "a lot", 4, COMMON},
		{"en", "high effort", 4, CALL_CENTRE},
		{"en", "high", 4, COMMON},
		{"en", "quite a bit of effort", 4, AMEE},
		{"en", "very high effort", 5, CEB AND CALL_CENTRE},
		{"en", "a great deal of effort", 5, AMEE},
		{"en", "a great deal", 5, TSES},
		{"en", "very much effort", 5, COMMON},
		{"en", "very much", 5, COMMON},
		{"en", "very high", 5, COMMON},
		{"nl", "zeer weinig moeite", 1, ENSIE AND STARRED AND FEEDBACK_COMPANY},
		{"nl", "heel weinig moeite", 1, COMMON},
		{"nl", "erg weinig moeite", 1, COMMON},
		{"nl", "geen enkele moeite", 1, COMMON},
		{"nl", "heel weinig", 1, COMMON},
		{"nl", "zeer weinig", 1, COMMON},
		{"nl", "geen moeite", 1, ICF_NL},
		{"nl", "helemaal geen moeite", 1, OXFORD_HIP_NL},
		{"nl", "bijna geen moeite", 1, COMMON},
		{"nl", "weinig moeite", 2, FEEDBACK_COMPANY},
		{"nl", "weinig", 2, COMMON},
		{"nl", "beetje moeite", 2, OXFORD_HIP_NL},
		{"nl", "een beetje moeite", 2, COMMON},
		{"nl", "lichte moeite", 2, ICF_NL},
		{"nl", "niet weinig en niet veel moeite", 3, COMMON},
		{"nl", "niet veel en niet weinig moeite", 3, COMMON},
		{"nl", "gemiddelde moeite", 3, COMMON},
		{"nl", "gemiddeld", 3, COMMON},
		{"nl", "neutraal", 3, COMMON},
		{"nl", "matige moeite", 3, ICF_NL},
		{"nl", "nogal wat moeite", 3, OXFORD_HIP_NL},
		{"nl", "enige moeite", 3, COMMON},
		{"nl", "veel moeite", 4, OXFORD_HIP_NL},
		{"nl", "veel", 4, COMMON},
		{"nl", "zeer veel moeite", 5, ENSIE AND STARRED AND FEEDBACK_COMPANY},
		{"nl", "erg veel moeite", 5, COMMON},
		{"nl", "heel veel moeite", 5, COMMON},
		{"nl", "heel veel", 5, COMMON},
		{"nl", "zeer veel", 5, COMMON},
};

static const CesShippedLabel satisfaction5[] =
	{
		{"en", "very dissatisfied", 1, SOGOLYTICS AND INTRACTICO},
		{"en", "very unsatisfied", 1, FRESHSURVEY},
		{"en", "dissatisfied", 2, INTRACTICO},
		{"en", "unsatisfied", 2, FRESHSURVEY},
		{"en", "somewhat satisfied", 3, SURVEYMONKEY},
		{"en", "neutral", 3, FRESHSURVEY AND INTRACTICO},
		{"en", "neither satisfied nor dissatisfied", 3, SIGMAPEDIA},
		{"en", "neither", 3, COMMON},
		{"en", "somewhat satisfied", 4, SIGMAPEDIA},
		{"en", "satisfied", 4, FRESHSURVEY AND INTRACTICO},
		{"en", "very satisfied", 5, SOGOLYTICS AND FRESHSURVEY},
		{"nl", "zeer ontevreden", 1, CBS_HOUSING AND SURVALYZER},
		{"nl", "heel ontevreden", 1, PLAS},
		{"nl", "erg ontevreden", 1, COMMON},
		{"nl", "ontevreden", 2, CBS_HOUSING AND SURVALYZER},
		{"nl", "enigszins tevreden", 3, COMMON},
		{"nl", "niet tevreden, maar ook niet ontevreden", 3, CBS_HOUSING},
		{"nl", "niet ontevreden en niet tevreden", 3, SCRIBBR},
		{"nl", "neutraal", 3, SURVALYZER},
		{"nl", "niet tevreden en niet ontevreden", 3, COMMON},
		{"nl", "niet tevreden/niet ontevreden", 3, COMMON},
		{"nl", "geen van beide", 3, COMMON},
		{"nl", "enigszins tevreden", 4, COMMON},
		{"nl", "tevreden", 4, CBS_HOUSING AND SURVALYZER},
		{"nl", "zeer tevreden", 5, CBS_HOUSING AND SURVALYZER},
		{"nl", "heel tevreden", 5, PLAS},
		{"nl", "erg tevreden", 5, COMMON},
};

static const CesShippedLabel rating5[] =
	{
		{"en", "bad", 1, COMMON},
		{"en", "poor", 1, SF36},
		{"en", "bad", 2, ESS},
		{"en", "poor", 2, WHOQOL},
		{"en", "not good", 2, COMMON},
		{"en", "adequate", 3, COMMON},
		{"en", "good", 3, SF36 AND KAPP},
		{"en", "good", 4, ESS AND WHOQOL},
		{"en", "very good", 4, SF36 AND KAPP},
		{"en", "very good", 5, ESS AND WHOQOL},
		{"nl", "slecht", 1, CBS_HEALTH_OLD AND SF12_NL},
		{"nl", "slecht", 2, CBS_HEALTH},
		{"nl", "niet goed", 2, COMMON},
		{"nl", "adequaat", 3, COMMON},
		{"nl", "voldoende", 3, COMMON},
		{"nl", "goed", 3, SF12_NL},
		{"nl", "goed", 4, CBS_HEALTH},
		{"nl", "zeer goed", 4, SF12_NL},
		{"nl", "heel goed", 4, PROMIS_NL},
		{"nl", "zeer goed", 5, CBS_HEALTH},
		{"nl", "heel goed", 5, COMMON},
		{"nl", "erg goed", 5, COMMON},
};

static const CesShippedLabel quality5[] =
	{
		{"en", "bad", 1, P800},
		{"en", "poor", 1, SF36 AND KAPP},
		{"en", "poor", 2, P800},
		{"en", "not great", 2, COMMON},
		{"en", "ok", 3, COMMON},
		{"en", "okay", 3, COMMON},
		{"en", "good", 3, SF36 AND KAPP},
		{"en", "good", 4, P800},
		{"en", "excellent", 5, P800 AND SF36},
		{"nl", "slecht", 1, SF12_NL AND PROMIS_NL},
		{"nl", "niet geweldig", 2, COMMON},
		{"nl", "ok", 3, COMMON},
		{"nl", "oke", 3, COMMON},
		{"nl", "oké", 3, COMMON},
		{"nl", "goed", 3, SF12_NL AND PROMIS_NL},
		{"nl", "goed", 4, COMMON},
		{"nl", "uitstekend", 5, SF12_NL AND PROMIS_NL},
};

static const CesShippedLabel faces3[] =
	{
		{"en", "sad", 1, COMMON},
		{"en", "unhappy", 1, COMMON},
		{"en", "neutral", 2, COMMON},
		{"en", "happy", 3, COMMON},
		{"nl", "droevig", 1, COMMON},
		{"nl", "verdrietig", 1, COMMON},
		{"nl", "neutraal", 2, COMMON},
		{"nl", "blij", 3, COMMON},
		{"nl", "vrolijk", 3, COMMON},
		{"", "🙁", 1, UNICODE},
		{"", "☹", 1, UNICODE},
		{"", "☹\xEF\xB8\x8F", 1, UNICODE},
		{"", "😐", 2, UNICODE},
		{"", "😐\xEF\xB8\x8F", 2, UNICODE},
		{"", "🙂", 3, UNICODE},
		{"", "😀", 3, UNICODE},
		{"", "😊", 3, UNICODE},
		{"", "☺", 3, UNICODE},
		{"", "☺\xEF\xB8\x8F", 3, UNICODE},
};

/* true, false, t and f are what PostgreSQL makes of a boolean. */
static const CesShippedLabel yesno2[] =
	{
		{"en", "no", 0, COMMON},
		{"en", "n", 0, COMMON},
		{"en", "yes", 1, COMMON},
		{"en", "y", 1, COMMON},
		{"nl", "nee", 0, COMMON},
		{"nl", "neen", 0, COMMON},
		{"nl", "n", 0, COMMON},
		{"nl", "ja", 1, COMMON},
		{"nl", "j", 1, COMMON},
		{"nl", "onwaar", 0, COMMON},
		{"nl", "waar", 1, COMMON},
		{"", "👎", 0, UNICODE},
		{"", "👍", 1, UNICODE},
		{"", "false", 0, COMMON},
		{"", "f", 0, COMMON},
		{"", "true", 1, COMMON},
		{"", "t", 1, COMMON},
};

#define LABELS(set) set, lengthof(set)

const CesShippedSet ces_shipped_sets[] =
	{
		{"agreement7", {1, 7, 5, 3}, LABELS(agreement7)},
		{"agreement5", {1, 5, 4, 2}, LABELS(agreement5)},
		{"ease5", {1, 5, 4, 2}, LABELS(ease5)},
		{"effort5", {5, 1, 2, 4}, LABELS(effort5)},
		{"satisfaction5", {1, 5, 4, 2}, LABELS(satisfaction5)},
		{"rating5", {1, 5, 4, 2}, LABELS(rating5)},
		{"quality5", {1, 5, 4, 2}, LABELS(quality5)},
		{"faces3", {1, 3, 3, 1}, LABELS(faces3)},
		{"yesno2", {0, 1, 1, 0}, LABELS(yesno2)},
};

const int ces_shipped_set_count = lengthof(ces_shipped_sets);
