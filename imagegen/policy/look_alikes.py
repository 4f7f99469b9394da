"""The letters and signs that look like one Latin letter. Pure.

405 of the 9,600 entries of Unicode's list, as confusable-homoglyphs has it: the whole list takes 8 MB.
``python -m tests.imagegen.policy.test_look_alikes`` writes the table.
https://www.unicode.org/reports/tr39/#Confusable_Detection (2026-11-29)
"""

from __future__ import annotations

# A line for each Latin letter: the letter, then what looks like it, after NFKC and case folding.
_TABLE = """
aåăǎȧɑαаᎪᗅ⍶⍺ꓮ𐊠𖽀
bƀƃɓѣҍᏏᏴᑲᑳᖯᗷꓐ𐊂𐊡𐌁
c¢©çȼсҫᏟᴄ₡ⲥꓚ𐊢𐌂𐐽𐔜𑣩𑣲🝌
dđƌɖɗԁᎠᏧᑯᗞᗪ₫ꓒꓓ
eĕěɇеҽҿᎬ℮⋿ⴹꓰꬲ𐊆
fƒքᖴᵮẝꓝꞙꬵ𐊇𐊥𐔥𑣂𝈓
gğģƍǥǧǵɠɡցᏀᏳᶃꓖ
hħɦћһհᎻᏂᏲᕼꓧꚕ𐋏
iĭıǐɨɩɪιіӏᎥᵻᵼ⍳⍸ꙇ𑣃
jɉϳјᎫᒍꓙ
kƙᏦᛕ₭ꓗ𐔘
lłƚǀɫɭ۱Ꮮᒪᛁᣳ∣⏽ⵏꓡꓲ𐊊𐌉𐌠𐔦𖼖𖼨𝈪
mᎷᗰᛖꓟꭑ𐊰𐌑
nƞɲɳηոռᵰꓠ𐆎𐔓
oøŏǒɵθοσоѳөօ۵०০੦૦ଠ୦௦ం౦ಂ೦ംഠ൦ං๐໐ဝ၀ჿዐᎾᏫᴏᴑ⊖⊝⍬ⲟⴱⵁⵔꓳꝋꬽꬾ𐊒𐊫𐐬𐓪𐔖𑓐𑣈𑣗𑣠𝈚🜔
pƥρрᏢᑭᣖᵽ℗⍴ⲣꓑ𐊕
qʠԛգզⵕ
r®ɍɼɽгғᎡᏒᖇᣴᴦᵲⲅꓣꭇꭈ𖼵𝈖
sƽʂѕᏕᏚᣵᵴꓢꜱ𐊖𐑈𑣁𖼺
tŧƫƭᎢᵵ₮⊤⍡⟙ꓔ𐊗𐊱𐌕𖼊🝨
uŭǔʋυսሀᏌᑌᴜᵾ∪⋃ꓴꞟꭎꭒ𐓶𑣘𖽂
vνѵ۷Ꮩᐯᴠ∨⋁ⴸꓦꛟ𐆗𐔝𑜆𑣀𖼈𝈍🜈
wɯѡѽԝաᎳᏔᴡ₩ꓪꝡ𑓅𑜊𑜎𑜏𑣦𑣯
x×хᕁᕽ᙭᙮ᚷ╳⤫⤬⨯⨰ⵝꓫ𐆖𐊐𐊴𐌗𐌢𐔧𑣬
y¥ƴɏɣʏγуүұყᎩᎽᶌỿꓬꭚ𐊲𑣜𖽃
zƶȥʐᏃᙆᴢᵶꓜ𐋵𑣄𑣥
"""

LATIN = {sign: line[0] for line in _TABLE.split() for sign in line[1:]}
