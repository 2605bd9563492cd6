#ifndef EVENT_BODIES_H_
#define EVENT_BODIES_H_

/*
 * Bodies of webhooks for the unit tests, after
 * https://docs.trunk.io/flaky-tests/webhooks; the test and its names are
 * made up.
 */
#define ID	"3f0c9a57-8d16-5b2e-9c44-70e1d2a86b93"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The least of each version, with room for members. */
#define V1T(test, change) \
	"{\"type\":\"test_case.status_changed\",\"test_case\":{\"id\":\"" ID \
	"\",\"name\":\"rounds up\"" test "},\"status_change\":{" change "}}"
#define V1(test)	V1T(test, "\"current_status\":{\"value\":\"flaky\"}")
#define V2T(top, test) \
	"{\"type\":\"v2.test_case.status_changed\",\"test_case\":{\"id\":\"" \
	ID "\",\"name\":\"rounds up\"" test "}" top "}"
#define V2(test)	V2T(",\"new_status\":\"FLAKY\"", test)
#define TYPE(t)		"{\"type\":\"" t "\"}"

#endif
