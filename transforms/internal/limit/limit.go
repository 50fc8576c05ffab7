// Package limit holds the bounds that several transforms keep, so that what one
// adds another does not cut off the next time.
package limit

// The bounds of lists; what is beyond them is left out.
const (
	Contacts  = 20  // e-mail addresses or phone numbers in one list
	RawScores = 50  // raw scores
	Custom    = 200 // custom fields, the ones below not counted
)

// The custom fields that transforms add.
const (
	CustomDomain = "company_domain_sent" // a company's domain that was none
	CustomTitle  = "contact_title"       // a title without a person
)
