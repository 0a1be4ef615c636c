//go:build !systemzones

package command

import _ "time/tzdata" // Activities happen in time zones that the system need not know; where it does, the tag saves half a megabyte.
