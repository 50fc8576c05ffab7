package email

import _ "embed" // the lists of words

// strong are the names of shared mailboxes that nobody is called: they make a
// role address also where something follows ("info.berlin@").
//
//go:embed strong.txt
var strong string

// weak are names that may also be a part of a person's address: they count only as
// the whole of the part before the @, and not where the person is called so (Dev, Job).
//
//go:embed weak.txt
var weak string

// with are words that stand before a function without naming a person.
//
//go:embed with.txt
var with string
