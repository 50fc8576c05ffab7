// Package all is the chain of cleaning steps in its order.
package all

import (
	"leadhub/transforms"
	"leadhub/transforms/bands"
	"leadhub/transforms/domain"
	"leadhub/transforms/email"
	"leadhub/transforms/kind"
	"leadhub/transforms/linkedin"
	"leadhub/transforms/name"
	"leadhub/transforms/phone"
	"leadhub/transforms/region"
	"leadhub/transforms/seniority"
	"leadhub/transforms/size"
	"leadhub/transforms/text"
)

// Chain returns every transform. The order matters where one needs what another
// found; a test fails for each such pair that is turned round:
//
//   - text is first, so that no other step meets control characters, stray spaces
//     or placeholders such as "n/a";
//   - email before domain and kind: both go by the type of an address;
//   - region before phone: a number without a country code is read in the
//     country of the company's address;
//   - domain before kind: the domain may follow from a person's role address,
//     which is looked at before the company's;
//   - kind is last: it takes away what turned out to be no person.
//
// The others (name, linkedin, size, seniority, bands) stand alone. The chain as a whole
// is a transform too: idempotent, and safe for concurrent use. Each chain
// remembers phone numbers and titles for itself.
func Chain(b transforms.Bands) transforms.Chain {
	return transforms.Chain{
		text.New(),
		name.New(),
		email.New(),
		linkedin.New(),
		region.New(),
		phone.New(),
		domain.New(),
		size.New(),
		seniority.New(),
		bands.New(b),
		kind.New(),
	}
}
