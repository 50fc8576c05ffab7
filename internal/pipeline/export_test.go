package pipeline

import "context"

// RefreshLists looks at the files of the lists once, as the hub does every few seconds.
func (h *Hub) RefreshLists() { h.refreshLists(context.Background()) }
