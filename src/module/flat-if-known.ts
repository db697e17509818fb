/** Returns the elements of all lists; undefined if one of the lists is. */
export function flatIfKnown<T>(lists: readonly (readonly T[] | undefined)[] | undefined): T[] | undefined {
  const known = lists?.filter(list => list !== undefined)
  return known && known.length === lists?.length ? known.flat() : undefined
}
