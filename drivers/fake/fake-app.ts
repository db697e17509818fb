/** The default app of a fake device, in the format of Appium's fake driver. */
export const fakeApp = `<?xml version="1.0" encoding="UTF-8"?>
<app title="Notes" width="390" height="844">
  <title>Notes</title>
  <MockNavBar id="nav" width="390" height="44" left="0" top="0">
    <MockButton id="add" left="330" top="4" width="56" height="36" visible="true">Add</MockButton>
  </MockNavBar>
  <MockInputField id="note" left="10" top="60" width="370" height="40" visible="true" value=""></MockInputField>
  <MockListItem id="first" left="0" top="110" width="390" height="40" visible="true">Milk</MockListItem>
  <MockListItem id="second" left="0" top="150" width="390" height="40" visible="true">Bread</MockListItem>
  <MockAlert id="alert" left="40" top="300" width="310" height="120" visible="false">Saved</MockAlert>
</app>
`
