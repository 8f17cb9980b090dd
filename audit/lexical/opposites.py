"""Words of opposite or contrasting meaning: the one home of what makes two nearly equal texts different statements.

Written for this project. Pairs are symmetric; the groups hold words of one kind (colors, directions, time units) of
which any two exclude each other. Words stand in their base form; ``reading.base`` reduces inflected ones to it.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations

_PAIRS = """
on/off in/out up/down over/under above/below before/after inside/outside into/from to/from with/without for/against
upper/lower top/bottom front/back left/right north/south east/west forward/backward forwards/backwards first/last
first/second next/previous next/last previous/following early/late earlier/later sooner/later now/later now/then
today/tomorrow today/yesterday tomorrow/yesterday tonight/tomorrow day/night morning/evening morning/afternoon
afternoon/evening morning/night noon/midnight am/pm weekday/weekend past/future old/new older/newer oldest/newest
oldest/latest earliest/latest young/old old/modern ancient/modern fresh/stale yes/no true/false always/never
ever/never sometimes/never everything/nothing everyone/nobody everybody/nobody all/none all/some some/none
both/neither many/few more/less more/fewer most/least much/little maximum/minimum max/min better/worse best/worst
good/bad good/poor good/evil great/terrible great/awful great/bad awesome/awful awesome/terrible excellent/terrible
excellent/poor excellent/awful amazing/awful amazing/terrible wonderful/terrible wonderful/awful perfect/terrible
fantastic/terrible fantastic/horrible nice/nasty lovely/ugly beautiful/ugly pretty/ugly positive/negative right/wrong
correct/incorrect correct/wrong love/hate like/dislike like/hate love/dislike happy/sad happy/unhappy happy/angry
glad/sad satisfied/dissatisfied pleased/displeased pleased/annoyed recommend/avoid praise/complain praise/criticize
compliment/complaint thank/complain funny/serious interesting/boring exciting/boring exciting/dull kind/cruel
kind/rude polite/rude friendly/rude friendly/unfriendly helpful/unhelpful useful/useless easy/hard easy/difficult
simple/complex simple/complicated simple/difficult strong/weak hard/soft tough/tender rough/smooth sharp/blunt
sharp/dull big/small large/small large/little big/little big/tiny huge/tiny bigger/smaller larger/smaller
biggest/smallest largest/smallest long/short longer/shorter longest/shortest tall/short high/low higher/lower
highest/lowest wide/narrow deep/shallow thick/thin fat/thin fat/slim heavy/light heavier/lighter near/far close/far
nearest/farthest closest/furthest local/remote local/global local/foreign domestic/international domestic/foreign
national/international internal/external inner/outer indoor/outdoor indoors/outdoors public/private open/closed
open/shut open/close broad/narrow full/empty full/partial complete/incomplete complete/partial whole/partial
single/double single/multiple singular/plural single/married alone/together common/rare frequent/rare general/specific
same/different similar/different equal/unequal identical/different hot/cold warm/cold warm/cool hot/cool hotter/colder
warmer/colder warmer/cooler wet/dry sunny/cloudy sunny/rainy rain/snow rain/sun summer/winter spring/autumn
spring/fall bright/dark bright/dim light/dark loud/quiet louder/quieter loud/silent noisy/quiet fast/slow
faster/slower fastest/slowest quick/slow quickly/slowly clean/dirty clear/unclear clear/vague safe/dangerous
safe/unsafe secure/insecure healthy/sick healthy/unhealthy well/ill alive/dead live/die awake/asleep rich/poor
cheap/expensive cheaper/pricier cheapest/priciest costly/cheap free/paid free/busy available/unavailable raw/cooked
sweet/sour sweet/bitter salty/sweet vegetarian/meat vegan/meat add/remove add/delete add/subtract add/deduct
plus/minus sum/difference multiply/divide insert/delete insert/remove attach/detach append/remove create/delete
create/destroy make/destroy make/break build/demolish build/destroy write/read write/erase save/delete save/spend
save/discard keep/discard keep/drop keep/delete keep/remove keep/lose find/lose lose/win gain/lose gain/loss
profit/loss win/loss victory/defeat success/failure succeed/fail pass/fail work/fail works/fails fix/break
repair/break increase/decrease increase/reduce increase/lower raise/lower raise/reduce rise/fall rise/drop grow/shrink
expand/contract expand/collapse extend/shorten lengthen/shorten maximize/minimize enlarge/shrink strengthen/weaken
improve/worsen upgrade/downgrade promote/demote advance/retreat accelerate/brake speed/slow inflate/deflate hire/fire
employ/dismiss start/stop start/end start/finish begin/end begin/finish begin/stop launch/quit resume/pause play/pause
play/stop continue/stop continue/pause enter/exit enter/leave arrive/leave arrive/depart arrival/departure come/go
join/leave stay/leave stay/go remain/leave login/logout signin/signout checkin/checkout entrance/exit enable/disable
activate/deactivate activate/cancel turn-on/turn-off switch-on/switch-off lock/unlock block/unblock freeze/unfreeze
mute/unmute connect/disconnect subscribe/unsubscribe follow/unfollow install/uninstall mount/unmount
register/unregister pack/unpack wrap/unwrap load/unload zip/unzip compress/decompress encode/decode encrypt/decrypt
hide/show hide/reveal show/conceal visible/invisible visible/hidden shown/hidden cover/uncover open/lock
accept/decline accept/reject accept/refuse accept/deny approve/reject approve/deny approve/decline approve/disapprove
allow/forbid allow/deny allow/block allow/prevent permit/forbid permit/prohibit grant/deny grant/revoke confirm/cancel
confirm/deny agree/disagree admit/deny book/cancel reserve/cancel order/cancel schedule/cancel renew/cancel
request/cancel support/oppose attack/defend help/hinder encourage/discourage include/exclude included/excluded
contain/lack have/lack require/forbid mandatory/optional required/optional necessary/unnecessary buy/sell buy/return
purchase/sell purchase/return lend/borrow rent/buy rent/sell rent/own deposit/withdraw deposit/withdrawal debit/credit
import/export upload/download send/receive give/take give/receive get/give push/pull put/take pick/drop drop/raise
charge/refund charge/reimburse pay/receive payment/refund payer/payee buyer/seller sender/receiver sender/recipient
income/expense income/outcome revenue/cost asset/liability supply/demand employer/employee teacher/student
doctor/patient parent/child host/guest client/server input/output question/answer ask/answer ask/tell teach/learn
cause/prevent cause/effect catch/throw catch/miss hit/miss remember/forget know/ignore believe/doubt trust/distrust
trust/doubt hope/fear hope/despair laugh/cry smile/frown sit/stand stand/lie lift/lower climb/descend ascend/descend
ascending/descending land/takeoff float/sink swim/drown sleep/wake freeze/melt boil/freeze heat/cool ignite/extinguish
male/female man/woman boy/girl men/women husband/wife father/mother dad/mom dad/mum son/daughter brother/sister
uncle/aunt nephew/niece king/queen prince/princess mr/mrs sir/madam he/she him/her his/her gentleman/lady my/your
mine/yours here/there this/that these/those legal/illegal lawful/unlawful valid/invalid possible/impossible
able/unable likely/unlikely certain/uncertain sure/unsure known/unknown familiar/unfamiliar normal/abnormal
regular/irregular usual/unusual usual/rare official/unofficial formal/informal natural/artificial real/fake
real/imaginary genuine/fake authentic/counterfeit original/copy original/fake physical/virtual physical/digital
online/offline wired/wireless manual/automatic manually/automatically static/dynamic temporary/permanent sync/async
synchronous/asynchronous mutable/immutable nullable/required read-only/writable serial/parallel horizontal/vertical
row/column width/height portrait/landscape uppercase/lowercase prefix/suffix head/tail parent/sibling stable/unstable
alpha/beta development/production debug/release client/vendor frontend/backend minor/major senior/junior
primary/secondary main/secondary active/inactive active/passive employed/unemployed guilty/innocent honest/dishonest
fair/unfair fair/foul lucky/unlucky patient/impatient mature/immature perfect/imperfect responsible/irresponsible
rational/irrational peace/war friend/enemy ally/enemy hero/villain optimistic/pessimistic optimist/pessimist
proud/ashamed brave/cowardly careful/careless generous/selfish humble/proud lazy/hardworking lazy/busy calm/nervous
relaxed/stressed confident/insecure pending/completed pending/finished pending/reverted completed/failed
completed/cancelled declined/completed arrived/lost lost/found stolen/found delayed/punctual delayed/cancelled
late/punctual arrive/lost arrive/lose login/logoff log-in/log-out sign-in/sign-out check-in/check-out checked/carry-on
checking/savings current/savings fixed/variable gross/net pre-tax/post-tax taxable/tax-free domestic/wild urban/rural
city/country city/village land/sea sea/sky heaven/hell liquid/solid gas/solid organic/synthetic breakfast/dinner
breakfast/lunch lunch/dinner soup/dessert starter/dessert coffee/tea beer/wine salt/sugar cat/dog car/bus car/train
bus/train train/plane flight/train hotel/flight restaurant/hotel movie/song song/album artist/album book/movie
email/phone email/letter phone/laptop android/ios windows/linux windows/mac linux/mac pin/password withdrawal/transfer
withdrawal/payment topup/withdrawal one-way/round-trip oneway/return direct/connecting business/economy adult/child
kilometer/mile celsius/fahrenheit gram/ounce under/unlimited limited/unlimited finite/infinite odd/even
prime/composite rational/real vowel/consonant
"""
"""``word/word``."""

_KINDS = """
red blue green yellow black white orange purple pink brown gray silver gold beige turquoise violet
monday tuesday wednesday thursday friday saturday sunday
january february march april may june july august september october november december
spring summer autumn winter
north south east west
second minute hour day week month year decade century
daily weekly monthly yearly annual hourly quarterly
dollar euro pound yen rupee franc peso krona yuan zloty lira ruble won usd eur gbp jpy inr chf aud cad cny
visa mastercard amex discover paypal maestro applepay googlepay
english french german spanish italian portuguese dutch polish russian chinese japanese korean arabic turkish greek
  swedish danish norwegian finnish hindi hebrew czech hungarian romanian ukrainian vietnamese thai latin
british american canadian australian mexican brazilian indian irish scottish swiss austrian belgian
mother father sister brother son daughter wife husband uncle aunt cousin grandmother grandfather nephew niece
android ios windows linux macos ubuntu debian fedora
python java javascript typescript ruby rust golang php perl kotlin swift scala
chrome firefox safari edge opera
pdf csv json xml html yaml docx xlsx png jpg gif svg mp3 mp4 wav
cpu gpu memory disk network
breakfast lunch dinner brunch
car bus train plane bike taxi boat ship tram subway truck motorcycle
beef pork chicken fish lamb turkey tofu
first second third fourth fifth sixth seventh eighth ninth tenth
gram kilogram pound ounce ton
meter kilometer centimeter mile foot inch yard
kilobyte megabyte gigabyte terabyte
math physics chemistry biology history geography
guitar piano violin drum bass flute
football soccer basketball baseball tennis hockey golf rugby cricket volleyball
morning afternoon evening night
delete edit copy paste move rename
track cancel return place
refund replacement exchange
cancelled delayed rescheduled diverted
fail pass skip
billing shipping email postal
"""
"""Words of one kind, a line each; indented lines go on."""


@cache
def table() -> frozenset[tuple[str, str]]:
    """Every pair of opposites, both ways round."""
    found: set[tuple[str, str]] = set()
    for pair in _PAIRS.split():
        left, right = pair.split("/")
        found.add((left, right))
    for kind in _KINDS.replace("\n  ", " ").strip().split("\n"):
        found |= set(combinations(kind.split(), 2))
    return frozenset({(a, b) for a, b in found} | {(b, a) for a, b in found})


def opposite(left: str, right: str) -> bool:
    """Whether two base forms are opposites, or exclude each other as two of one kind."""
    return (left, right) in table()
