/** Who begins changes from round to round, so that what grows or cools with time helps nobody. */
export async function inTurns<A, B>(round: number, ours: () => Promise<A>, peer: () => Promise<B>): Promise<[A, B]> {
  if (round % 2 === 1) {
    const first = await ours();
    return [first, await peer()];
  }
  const first = await peer();
  return [await ours(), first];
}
