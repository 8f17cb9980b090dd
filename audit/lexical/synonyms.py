"""Words and phrases that may replace each other, function words and irregular forms: written for this project.

Only what is interchangeable in everyday requests, reports and reviews is here. A word may be in several groups.
"""

from __future__ import annotations

from functools import cache


def listed(text: str) -> tuple[str, ...]:
    """Words of a list, in order."""
    return tuple(text.split())


_GROUPS: tuple[str, ...] = tuple(
    """
buy purchase acquire order | sell vend | cancel abort annul revoke | delete remove erase clear drop discard |
remove take-off | stop end quit terminate halt cease | stop cancel turn-off | begin start commence initiate launch |
start turn-on activate enable switch-on | deactivate disable turn-off switch-off | activate enable |
open launch start | close shut | create make build generate produce | add include append insert put |
show display list see view present | show tell give | find locate look-for search look-up discover |
search query look-up | get obtain receive acquire fetch | get buy | send mail ship post transmit forward |
send transfer move wire | transfer remit | move shift relocate reschedule push |
change switch modify alter update edit adjust | change swap exchange replace | replacement new |
update upgrade refresh | newest latest recent last | fix repair mend resolve solve correct |
break damage defective faulty broken | broken defective faulty malfunction | crash quit die fail abort |
kill die crash | fail error broken wrong issue problem malfunction | issue problem trouble error difficulty bug fault |
bug defect | fail unable cannot | reject decline refuse deny | approve accept authorize confirm sign-off |
allow permit let authorize | allowed able permitted | require need demand | need want require like wish desire |
help assist support aid | ask request inquire demand apply | question query inquiry | answer reply respond response |
say tell state mention | explain describe clarify tell | talk speak chat discuss | call phone ring telephone dial |
contact reach call | inform notify tell alert | remind reminder notify alert | remember recall recollect |
forget lose | lose miss misplace | lost missing misplace | steal rob theft stolen pickpocket | fraud scam |
fraudulent unauthorized | block freeze lock suspend | unblock unfreeze unlock | swallow keep eat retain capture |
keep stay remain | keep hold | wait pending hold | pending waiting outstanding | late delayed overdue behind |
delay postpone defer push | on-time punctual | early soon ahead sooner | arrive come reach deliver | arrival delivery |
arrive receive | deliver ship send | delivery shipping shipment | parcel package shipment delivery order |
parcel package box | hardly barely scarcely | pack package packaging | item product article goods thing | shop store |
return send-back bring-back give-back | return refund | refund reimburse money-back repay |
charge bill debit fee deduct | fee charge cost price rate | cost price | cost charge | price value |
free complimentary | pay payment settle | bill invoice | payment transaction purchase | transaction transfer |
buy order | instalment part installment rate | split divide share | money cash funds |
cash-machine atm cashpoint cash-dispenser | pin pin-code passcode | password passcode | account profile |
balance amount left remaining | cash money balance | left remaining remain available | limit cap maximum ceiling |
increase raise boost up extend grow higher | reduce decrease lower cut | grow increase rise |
salary pay wage wages paycheck payroll | raise rise increase | payday salary pay |
payslip pay-stub paystub wage-slip pay-slip | boss manager supervisor | approve sign-off |
colleague coworker teammate | company firm employer business | job position work role | hire employ recruit |
resign quit leave resignation | leave depart go exit | vacation holiday leave pto time-off day-off |
off leave holiday | sick ill unwell | doctor physician gp | medicine medication drug | health medical |
insurance coverage plan | baby newborn infant | child kid | mother mom mum mama mommy | father dad papa daddy |
wife spouse | husband spouse | friend buddy pal | people person folks anyone | who anybody | home house remote |
home remote remotely | office work | work function operate run | trip journey travel vacation | travel go trip |
go travel fly | fly flight plane | flight plane | airplane plane aircraft | airline carrier | train rail railway |
bus coach | taxi cab uber | car automobile vehicle auto | drive ride | rent hire lease rental |
book reserve reservation booking | hotel room accommodation | room reservation | luggage baggage bag suitcase |
carry-on hand-luggage | seat place spot | window window-seat | ticket fare pass |
cheap inexpensive affordable low-cost low budget | cheapest least-expensive least | cheap money |
expensive costly pricey dear | first earliest | last final latest | next following coming upcoming | next skip |
previous prior last earlier | current present existing | new fresh brand-new | old used | big large huge great |
bigger larger | small little tiny | smaller tighter | size fit | quick fast rapid swift speedy | slow sluggish |
easy simple effortless | hard difficult tough tricky challenging |
good great nice fine excellent awesome fantastic wonderful amazing superb | bad poor terrible awful horrible lousy |
love adore like enjoy | hate dislike detest | rude unfriendly impolite unhelpful | friendly kind nice |
helpful useful | happy glad pleased satisfied | sad unhappy upset | angry mad furious | sure certain |
right correct accurate | wrong incorrect inaccurate | strange weird odd unusual | beautiful pretty lovely |
funny amusing hilarious | interesting fascinating | boring dull | tasty delicious yummy | clean tidy | dirty filthy |
loud noisy | louder turn-up volume | quieter turn-down | volume loud sound | sound audio | song track tune music |
music song tune | play hear listen put-on | movie film | show program series | book novel read |
picture photo image photograph | video clip | rate give rating | star point | page site website webpage |
site website | app application program software | launch open start startup | crash close quit | freeze hang stuck |
load display open | log-in login sign-in signin | log-out logout sign-out | sign-up register enroll subscribe |
subscribe sign-up | unsubscribe stop opt-out | newsletter mailing email marketing-email | email mail e-mail message |
message text sms note | dark night | theme mode | feature option function | feature-request please add |
request please | document doc docs documentation file | guide manual instructions instruction |
guide documentation docs | install installation setup set-up | typo spelling spelling-mistake mistake misspelling |
mistake error | file document | empty blank | blank white | export save produce | upload send | download get |
result hit | return show give | memory ram | memory-leak memory grow | usage consumption use | use utilize employ |
server machine host | reset set new change | restart reboot | screen display | button key | choose select pick |
option choice | alarm wake wake-up get-up | wake awake get-up | set put make create schedule | sleep rest |
snooze sleep | timer countdown | meeting appointment | event appointment | schedule plan timetable |
calendar schedule | list show | weather forecast | rain rainy wet shower | sun sunny | warm hot | cold chilly |
temperature warm hot cold | near close nearby | nearest closest | address location place | street road | city town |
country nation | shipping-address delivery-address | available in-stock | in-stock back stock available |
out-of-stock unavailable sold-out | jacket coat | trousers pants | shoe footwear | size number |
discount promo coupon voucher code | promo-code discount-code | checkout pay | exchange replace swap |
step way how procedure process | possible can able | way how | reason why cause | why reason | when date time |
where place | much many | duration long time | long time | long length | date day | overview | check verify see look |
verify confirm validate prove | proof evidence | identity id identification | visa permit | license licence permit |
allow can may | expire end run-out | run-out die last empty drain | battery power charge | last hold |
twice two-times double duplicate | again once-more | also too | maybe perhaps | about regarding concerning |
international abroad foreign overseas | abroad foreign | domestic national | currency money | convert exchange change |
rate course | electricity power energy | settle pay | bank branch | card creditcard | virtual digital online |
physical plastic | top-up topup reload recharge add-money | withdraw take-out withdrawal cash | deposit put-in pay-in |
statement report | report notify tell | report statement | expense cost spending | spend use pay | save keep store |
store keep | total sum whole overall | average mean | percent percentage share | more additional extra further |
every all each | whole entire complete full | only just | enough sufficient | nearly almost |
very really extremely so | immediately instantly now | soon shortly | quickly fast soon | currently now |
often frequently | always constantly | today tonight | yesterday last-night | photo picture | employee worker staff |
staff employee personnel | customer client | user customer | team group | lawyer attorney | house home flat apartment |
garden yard | kitchen cooking | cook prepare make | food meal dish | restaurant diner place | table reservation |
drink beverage | recipe instructions cook | ingredient component | oven stove | cake pie | come out | take get |
speak talk | know tell | like want | look see watch | watch see view | seem appear | think believe feel | try attempt |
finish complete end done | happen occur | let allow | let tell inform | hand give submit | submit hand-in send |
give-notice resign | last final | kid children child | tell inform | ask inquire | rating star score point |
rate score mark | schedule showtime showtimes playing times time | wake-up alarm | someone somebody | since after |
version update release | before until | newest latest current | delete cancel | cancel stop | clear empty |
hold pause | multiple several many | begin open | finish close | continue resume proceed | apartment flat |
lift elevator | mobile cellphone cell phone smartphone handset | laptop notebook computer | tv television |
fridge refrigerator | trash garbage rubbish bin | movie-theater cinema theater movie-house | grocery groceries food |
gas petrol fuel | highway motorway freeway | sidewalk pavement | holiday holidays break | bathroom toilet restroom |
store shop market supermarket | kid son daughter | lawyer solicitor | chat conversation talk | allergy allergic |
advertisement advert ad ads advertising | invoice receipt | guarantee warranty | trial test | try test |
evaluate assess | annual yearly | per-year yearly annually | weekly per-week | monthly per-month | daily per-day |
nowadays today | attach enclose | attachment enclosure | client customer | deadline due-date | due owed | owe due |
owing due | interest-rate apr interest | overdraft overdrawn | mortgage home-loan | loan credit | pin code |
code number | username login user-name | activate set-up | register enroll | participate join | join connect |
pair connect link sync | disconnect unpair unlink | wifi wi-fi wireless internet | internet web online connection |
slow sluggish lagging | lag delay | fast speedy | improve enhance boost better | enhance improve |
decline fall drop decrease | climb rise | purchase payment | retailer store shop merchant seller |
merchant vendor seller | courier delivery-man driver postman | shipment consignment |
route way path directions direction | direction directions route | traffic congestion | crowded busy packed |
silent quiet | shut-down turn-off | power-off turn-off | power-on turn-on | mute silence | photograph picture |
film video | novel book textbook | tune track | singer artist musician band | album record | playlist list |
reservation booking | table seat | diner restaurant eatery | eat dine | lunch meal | dinner meal supper | recipe cook |
calorie nutrition | healthy nutritious | translate say | mean meaning definition | define meaning | spell spelling |
compute calculate | calculate work-out | sum total add | plus add | minus subtract | times multiply | joke funny |
amusing funny | weather temperature climate | forecast outlook | jacket coat | storm thunderstorm |
medicine pill tablet | hospital clinic | pain ache hurt | hurt injure injured | injury wound | exhausted tired |
tired sleepy | scared afraid frightened | worried anxious nervous | worry concern | huge enormous gigantic |
tiny minuscule | wealthy rich | smart clever intelligent | stupid dumb | brave courageous | famous popular known |
rare unusual scarce | wrong mistaken | mistaken accidental accidentally mistake |
accidentally mistakenly unintentionally | purpose intention | goal aim target | plan intend | intend mean |
prefer favor | favorite preferred best-loved | suggest recommend propose | recommendation suggestion | decide choose |
compare contrast | include contain comprise | consist comprise | own possess | belong own | borrow lend | lend loan |
gift present | wish hope | celebrate party | invite ask | visit see | stay sleep | wander walk stroll | walk stroll |
run jog | jump leap | throw toss | pull drag | hit strike | kill murder | murder homicide | steal rob | guard protect |
protect secure | save rescue | injure wound | war conflict | election vote | president leader head |
government administration | law legislation | tax duty levy | police cops | link url | wrong mistake error incorrect |
distance far | downtown center city-center | machine maker | use work | stop-working break fail die |
effect nothing work | button click press tap | click press tap hit | sort order arrange rank | filter narrow |
paycheck salary wage | notice notice-period | resign quit | carry-over transfer keep move | unused remaining |
left-over remaining | detail account | landlord owner | tenant renter | withdraw get-cash atm | cash atm |
charge take | recognize make know | purchase transaction charge | expired old replace | new replace |
arrive get-there come | money transfer | item product article | missing not-there lack | something item |
forever ages long | crack break shatter | display screen | mail email | downtown center | medium m | large l |
small s | possible allowed | permit permission | expensive cost | subscription membership plan | membership member |
cancel end stop terminate | renew extend continue | trial test | refund reimbursement | receipt proof |
signature sign | form paperwork document | paper document | fill-out complete fill-in | fill complete | submit upload |
apply application request | interview meeting | candidate applicant | training course | course class lesson |
teacher instructor tutor | exam test quiz | grade mark score | homework assignment | school college |
university college | pupil student | headphone earphone earbud | charger cable adapter | screen monitor display |
monitor track watch | keyboard key | printer print | router modem | noise sound | smell odor scent | stain spot mark |
scratch scrape | leak drip | tear rip | torn ripped | ruin destroy spoil | dead empty flat | recharge charge |
plug socket outlet | umbrella parasol | sweater pullover jumper | sneaker trainer shoe | couch sofa | rug carpet |
curtain drape | lamp light | bulb light | trip journey | tour trip | passenger traveler | traveler tourist |
suitcase luggage | passport document id | departure leave depart | land arrive | airport terminal |
layover stopover connection | direct nonstop | upgrade move-up | complaint complain dissatisfied | complain grumble |
apologize sorry | rude impolite | manager supervisor boss | staff team | annoy irritate bother | annoying irritating |
happy pleased | disappointed unhappy let-down | waste useless | worthless useless | pointless useless |
excellent outstanding | outstanding superb | terrible dreadful | dreadful awful | superb brilliant |
crash freeze hang | exception error traceback | bug glitch | glitch fault | warning alert | compile build |
deploy release ship | release publish | repository repo | directory folder | parameter argument option |
argument flag | function method | method way | variable field | field column | table grid | query search |
database db | timeout hang | permission access | access enter reach | login account | log record | delete wipe erase |
backup copy save | restore recover | sync synchronize | compatible support work | deprecated obsolete old |
obsolete outdated | outdated old | missing absent | absent away off | example sample demo | sample demo |
typo misspelled | instruction step | tutorial guide | chapter section | paragraph section | brief short |
lengthy long | quit stop give-up | forbid ban prohibit | ban bar | illegal unlawful | happen take-place |
take-place occur | postpone put-off | put-off delay | call-off cancel | look-after care | find-out learn discover |
turn-down reject decline lower | set-up create configure install | configure set adjust | pick-up collect get |
collect pick-up fetch | drop-off leave deliver | hand-over give | get-rid remove | put-back return |
run-out empty end | switch-to change
""".replace("\n", " ").split("|")
)
"""Words that may replace each other, groups between bars."""

_IRREGULAR = """
wo not|ca not|was be|were be|been be|is be|are be|am be|has have|had have|did do|done do|does do|went go|gone go
got get|gotten get
made make|bought buy|sold sell|paid pay|sent send|lost lose|stole steal|stolen steal|took take|taken take|gave give
given give|came come|saw see|seen see|knew know|known know|told tell|said say|left left|kept keep|broke break
broken break|forgot forget|forgotten forget|wrote write|written write|ate eat|eaten eat|drove drive|driven drive
flew fly|flown fly|spent spend|lent lend|built build|found find|held hold|heard hear|felt feel|thought think
brought bring|taught teach|caught catch|began begin|begun begin|ran run|woke wake|woken wake|slept sleep|chose choose
chosen choose|froze freeze|frozen freeze|hid hide|hidden hide|spoke speak|spoken speak|rose rise|risen rise|fell fall
fallen fall|grew grow|grown grow|threw throw|thrown throw|won win|met meet|sat sit|stood stand|understood understand
became become|shown show|children child|men man|women woman|people people|feet foot|teeth tooth|mice mouse
wives wife|lives life|knives knife|leaves leave|shelves shelf|halves half|data data|news news|bus bus|this this
always always|status status|address address|process process|access access|business business|less less|yes yes
miss miss|pass pass|plus plus|minus minus|gas gas|lens lens|series series|virus virus|bonus bonus|dying die|lying lie
tying tie|bias bias|perhaps perhaps|thing thing|something something|anything anything|everything everything
nothing nothing|morning morning|evening evening|during during|string string|king king|ring ring|bring bring
spring spring|sing sing|wing wing|ceiling ceiling|sibling sibling|wedding wedding|need need|speed speed|feed feed
seed seed|bed bed|red red|shed shed|speech speech|hundred hundred|embed embed|exceed exceed|proceed proceed
succeed succeed|indeed indeed|user user|savings savings|checking checking|shipping shipping|billing billing
pending pending|used use|using use|lasts last|dollars dollar|euros euro|pounds pound|mbs mb|colour color|grey gray
favourite favorite|centre center|metre meter|tyre tire|theatre theater|programme program|cancelled cancel
canceled cancel|cancelling cancel|traveling travel|travelling travel|jewellery jewelry|organise organize
organisation organization|recognise recognize|apologise apologize|licence license|behaviour behavior|neighbour neighbor
okay ok|thanks thank|thx thank|pls please|plz please|u you|ur your|r be|im i|ive i|id id|dont not|cant not|wont not
doesnt not|didnt not|isnt not|arent not|wasnt not|werent not|hasnt not|havent not|hadnt not|shouldnt not|wouldnt not
couldnt not|mustnt not|aint not|cannot not|fastest fast|quickest quick|tv television|pics picture|pic picture
info information|approx approximately|min minute|mins minute|sec second|secs second|hr hour|hrs hour|yr year|yrs year
wk week|mb megabyte|gb gigabyte|kb kilobyte|tb terabyte|kg kilogram|km kilometer|cm centimeter|usd dollar|eur euro
gbp pound|dollar dollar|fri friday|mon monday|tue tuesday|tues tuesday|wed wednesday|thu thursday|thur thursday
thurs thursday|sat saturday|jan january|feb february|apr april|jun june|jul july|aug august|sep september
sept september|oct october|nov november|dec december|tmrw tomorrow|tomorow tomorrow|tonite tonight|wknd weekend
bucks dollar|quid pound|bday birthday|hotels hotel|phone phone|photos photo
""".replace("\n", "|").split("|")
"""``form base``."""

FUNCTION_WORDS = frozenset(
    listed(
        """
a an the this that these those some any such what which who whom whose when where why how there here it its i me
my mine myself we us our ours you your yours yourself he him his she her hers they them their theirs one ones be
do have can could will would shall should may might must ought let and or but so if then than as because while
though although whether of to in on at by for from with into onto about over up down out off through between
during per via upon within please just also too very really quite even still already actually simply kindly now
again get got need want like know tell give say help possible way thing able gotta wanna i'm i've i'd i'll
you're you've s t m ve d ll re let's like's gonna would'd dear sir madam regards lot lots ever not no never none
without nor neither nothing nobody cannot unable see show
"""
    )
)
"""Words that say nothing of the subject; several are light verbs of requests. Negation is judged apart."""

DIRECTION = frozenset(listed("on off in out up down over under before after to from with without above below into"))
"""Function words that have opposites: where one is exchanged for its opposite, the statement is another."""


@cache
def groups() -> dict[str, frozenset[int]]:
    """Word -> numbers of the groups it is in."""
    out: dict[str, set[int]] = {}
    for number, group in enumerate(_GROUPS):
        for word in group.split():
            out.setdefault(word, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in out.items()}


@cache
def irregular() -> dict[str, str]:
    """Inflected form, abbreviation or spelling -> base form."""
    return dict(pair.split() for pair in _IRREGULAR if pair.strip())


def synonymous(left: str, right: str) -> bool:
    """Whether two base forms may replace each other."""
    known = groups()
    return left in known and right in known and not known[left].isdisjoint(known[right])


NEGATIVE = frozenset(
    listed(
        """
fail failure unable cannot reject decline refuse deny lose lost miss missing lack avoid forget forgot broken
break block stop cancel wrong impossible unavailable hardly barely scarcely rarely seldom late delayed waiting
wait still pending refused denied poor hate dislike bad worse worst nothing gone away
"""
    )
)
"""Words that a negation may be said with: "not arrived" is "lost", "won't work" is "rejected"."""

GENERIC = frozenset(
    listed(
        """
way process step procedure status state current currently present time moment thing stuff kind type sort someone
somebody anyone anybody something anything everything person people immediately instantly soon right quickly
fast recently recent lately already still yet ever once until while since during before after ahead away around
along together instead maybe perhaps probably really simply basically exactly actually possible able set put
take use find look try go make allowed allow let need require required want wish love hope think believe feel
know wonder understand sure certain check verify confirm review watch view read hear listen play open start
begin come bring keep hold leave add do perform execute run handle deal work attempt ask request talk speak call
contact reach tell inform notify update explain describe clarify detail details information info advice
instruction answer question query issue problem trouble help assist support amount number total sum quantity
figure level rate price cost fee value money list lists item items option options choice example case part piece
bit lot new newest latest last good great nice best better bad big small little enough full complete whole
entire main general specific different another additional extra further day days date today now minute place
location area spot side back end final name called title word words line note message user account card order
product service company app system page site website screen document file home house real actual proper correct
true please kindly thank thanks yes yeah no hi hello hey ok okay oh well multiple several directly all both each
every more most less much many own same other else expected supposed happen occur become seem appear turn get
give receive arrive send search show display available ready free active existing personal private first next
previous following morning playing schedule scheduled experience
"""
    )
)
"""Words that may be missing in one of two texts that state the same thing: light nouns and verbs, adverbs."""
