import type { Random } from '#platform'

/** A name for a run that has none: 'calm-otter-417'. */
export function runName(random: Random): string {
  const of = (words: readonly string[]): string => words[Math.floor(random.next() * words.length)] as string
  return `${of(adjectives)}-${of(nouns)}-${Math.floor(random.next() * 1000)}`
}

const adjectives =
  'able bold brave brisk bright calm clean clear clever crisp eager early fair fast fine firm fond gentle glad grand keen kind light lively loud lucky mild neat nimble patient plain polite proud quick quiet rapid ripe sharp silent smooth solid steady stout sunny swift tidy tough upbeat vivid warm wise'.split(
    ' ',
  )
const nouns =
  'ant badger bat bear bee bird boar buck carp cat colt crab crane crow deer dove duck eel elk fawn finch fish fox frog gnu goat goose grouse gull hare hawk hen hog horse jay kit koi lamb lark lynx mare mink mole moose moth mouse mule newt otter owl panda perch quail ram rat roan robin seal shad shark sheep shrew skunk slug snail snake sow squid stag steed stoat swan toad trout wasp whale wolf worm wren yak'.split(
    ' ',
  )
