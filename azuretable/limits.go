package azuretable

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"unicode/utf16"
)

// What Azure allows in an entity, checked before it is sent: the emulator is laxer in some of it, and an error of ours says
// which property it is. https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
const (
	maxValue      = 32 << 10 // UTF-16 code units in a text.
	maxProperties = 252      // Beside the two keys and the timestamp.
	maxEntity     = 1 << 20  // Bytes, of which a character of a text takes two.
)

// key is what our keys consist of. Azure allows more, but a slash ends in an error of the emulator, and the SDK writes a
// quote twice.
var key = regexp.MustCompile(`^[A-Za-z0-9_-]{1,512}$`)

// checkEntity refuses an encoded entity that is outside Azure's limits or has a key outside of ours. The error names
// properties, but nothing that they hold.
func checkEntity(data []byte) error {
	var entity map[string]any
	if err := json.Unmarshal(data, &entity); err != nil {
		return errors.New("an entity is not a JSON object")
	}
	for _, name := range []string{"PartitionKey", "RowKey"} {
		if text, _ := entity[name].(string); !key.MatchString(text) {
			return fmt.Errorf("%s is not made of letters, digits, _ and - alone", name)
		}
		delete(entity, name)
	}
	if len(entity) > maxProperties {
		return fmt.Errorf("%d properties, %d are allowed", len(entity), maxProperties)
	}
	return checkSizes(entity)
}

func checkSizes(properties map[string]any) error {
	total := 0
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		text, _ := properties[name].(string)
		units := len(utf16.Encode([]rune(text)))
		if units > maxValue {
			return fmt.Errorf("property %s has %d characters, %d are allowed", name, units, maxValue)
		}
		total += 2 * (units + len(name))
	}
	if total > maxEntity {
		return fmt.Errorf("an entity of %d bytes, %d are allowed", total, maxEntity)
	}
	return nil
}
