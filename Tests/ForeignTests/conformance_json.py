"""The cases with JSON input or output of protobuf's conformance suite; see conformance.py."""

import json
import struct

from google.protobuf import json_format

# Name, level (R required, S recommended) and input, which means what Google's implementation reads.
VALID = r"""
HelloWorld R {"oneString":"Hello, World!"}
FieldNameInSnakeCase R {"word1": 1, "wordTwo2": 2, "WordThree3": 3, "wordFour4": 4}
FieldNameWithNumbers R {"word0five5": 5, "word0Six6": 6}
FieldNameWithMixedCases R {"wordSeven7": 7, "WordEight8": 8, "wordNine9": 9, "WordTen10": 10, "WORDELEVEN11": 11, "WORDTwelve12": 12}
FieldNameWithDoubleUnderscores S {"WordThirteen13": 13, "WordFourteen14": 14, "wordFifteen15": 15, "wordSixteen16": 16, "wordSeventeen17": 17, "WordEighteen18": 18}
OriginalProtoFieldName R {"word1": 1, "word_two2": 2, "_word_three3": 3, "word__four4_": 4, "word0five5": 5, "word_0_six6": 6, "wordSeven7": 7, "WordEight8": 8, "word_Nine9": 9, "Word_Ten10": 10, "WORD_ELEVEN11": 11, "WORD_twelve12": 12, "__word_thirteen13": 13, "__Word_fourteen14": 14, "word__fifteen15": 15, "word__Sixteen16": 16, "word_seventeen17__": 17, "Word_eighteen18__": 18}
FieldNameEscaped R {"w\u006frd1": 1}
OneLineNoSpaces S {"oneInt32":1,"oneInt64":2}
OneLineWithSpaces S { "oneInt32" : 1 , "oneInt64" : 2 }
MultilineNoSpaces S {⏎"oneInt32"⏎:⏎1⏎,⏎"oneInt64"⏎:⏎2⏎}
MultilineWithSpaces S {⏎  "oneInt32"  :  1⏎  ,⏎  "oneInt64"  :  2⏎}⏎
Int32FieldMaxValue R {"oneInt32": 2147483647}
Int32FieldMinValue R {"oneInt32": -2147483648}
Uint32FieldMaxValue R {"oneUint32": 4294967295}
Int64FieldMaxValue R {"oneInt64": "9223372036854775807"}
Int64FieldMinValue R {"oneInt64": "-9223372036854775808"}
Uint64FieldMaxValue R {"oneUint64": "18446744073709551615"}
Int64FieldMaxValueNotQuoted R {"oneInt64": 9223372036854774784}
Int64FieldMinValueNotQuoted R {"oneInt64": -9223372036854775808}
Uint64FieldMaxValueNotQuoted R {"oneUint64": 18446744073709549568}
Int32FieldStringValue R {"oneInt32": "2147483647"}
Int32FieldStringValueEscaped R {"oneInt32": "2\u003147483647"}
Int32FieldStringValueZero R {"oneInt32": "0"}
Int32FieldFloatTrailingZero R {"oneInt32": 100000.000}
Int32FieldExponentialFormat R {"oneInt32": 1e5}
Int32FieldQuotedExponentialValue R {"oneInt32": "1e5"}
Int32FieldMaxFloatValue R {"oneInt32": 2.147483647e9}
Int32FieldMinFloatValue R {"oneInt32": -2.147483648e9}
Uint32FieldMaxFloatValue R {"oneUint32": 4.294967295e9}
BoolFieldTrue R {"oneBool":true}
BoolFieldFalse R {"oneBool":false}
FloatFieldMinPositiveValue R {"oneFloat": 1.175494e-38}
FloatFieldMaxNegativeValue R {"oneFloat": -1.175494e-38}
FloatFieldMaxPositiveValue R {"oneFloat": 3.402823e+38}
FloatFieldMinNegativeValue R {"oneFloat": 3.402823e+38}
FloatFieldQuotedValue R {"oneFloat": "1"}
FloatFieldQuotedExponentialValue R {"oneFloat": "1.175494e-38"}
FloatFieldNan R {"oneFloat": "NaN"}
FloatFieldInfinity R {"oneFloat": "Infinity"}
FloatFieldNegativeInfinity R {"oneFloat": "-Infinity"}
DoubleFieldMinPositiveValue R {"oneDouble": 2.22507e-308}
DoubleFieldMaxNegativeValue R {"oneDouble": -2.22507e-308}
DoubleFieldMaxPositiveValue R {"oneDouble": 1.79769e+308}
DoubleFieldMinNegativeValue R {"oneDouble": -1.79769e+308}
DoubleFieldQuotedValue R {"oneDouble": "1"}
DoubleFieldQuotedExponentialValue R {"oneDouble": "2.22507e-308"}
DoubleFieldNan R {"oneDouble": "NaN"}
DoubleFieldInfinity R {"oneDouble": "Infinity"}
DoubleFieldNegativeInfinity R {"oneDouble": "-Infinity"}
EnumField R {"oneMood": "CALM"}
EnumFieldWithAlias R {"oneNick": "NICK_CAT"}
EnumFieldWithAliasUseAlias R {"oneNick": "KATE"}
EnumFieldWithAliasLowerCase R {"oneNick": "kate"}
EnumFieldWithAliasDifferentCase R {"oneNick": "kAt"}
EnumFieldNumericValueZero R {"oneMood": 0}
EnumFieldNumericValueNonZero R {"oneMood": 1}
StringField R {"oneString": "Hello world!"}
StringFieldUnicode R {"oneString": "谷歌"}
StringFieldEscape R {"oneString": "\"\\\/\b\f\n\r\t"}
StringFieldUnicodeEscape R {"oneString": "\u8C37\u6B4C"}
StringFieldUnicodeEscapeWithLowercaseHexLetters R {"oneString": "\u8c37\u6b4c"}
StringFieldSurrogatePair R {"oneString": "\uD83D\uDE01"}
StringFieldEmbeddedNul R {"oneString": "a\u0000b"}
BytesField R {"oneBytes": "AQI="}
MessageField R {"oneInner": {"number": 1234}}
OneofZeroUint32 S {"eitherUint32": 0}
OneofZeroMessage S {"eitherInner": {}}
OneofZeroString S {"eitherString": ""}
OneofZeroBytes S {"eitherBytes": ""}
OneofZeroBool S {"eitherBool": false}
OneofZeroUint64 S {"eitherUint64": 0}
OneofZeroFloat S {"eitherFloat": 0.0}
OneofZeroDouble S {"eitherDouble": 0.0}
OneofZeroEnum S {"eitherMood": "CALM"}
OneofFieldNullFirst R {"eitherUint32": null, "eitherString": "test"}
OneofFieldNullSecond R {"eitherString": "test", "eitherUint32": null}
Int32MapField R {"mapInt32Int32": {"1": 2, "3": 4}}
Uint32MapField R {"mapUint32Uint32": {"1": 2, "3": 4}}
Int64MapField R {"mapInt64Int64": {"1": 2, "3": 4}}
Uint64MapField R {"mapUint64Uint64": {"1": 2, "3": 4}}
BoolMapField R {"mapBoolBool": {"true": true, "false": false}}
MessageMapField R {"mapStringInner": {"hello": {"number": 1234}, "world": {"number": 5678}}}
Int32MapEscapedKey R {"mapInt32Int32": {"\u0031": 2}}
Int64MapEscapedKey R {"mapInt64Int64": {"\u0031": 2}}
BoolMapEscapedKey R {"mapBoolBool": {"tr\u0075e": true}}
PrimitiveRepeatedField R {"listInt32": [1, 2, 3, 4]}
EnumRepeatedField R {"listMood": ["CALM", "GLAD", "SAD"]}
StringRepeatedField R {"listString": ["Hello", "world"]}
BytesRepeatedField R {"listBytes": ["AAEC", "AQI="]}
MessageRepeatedField R {"listInner": [{"number": 1234}, {"number": 5678}]}
AllFieldAcceptNull R {"oneInt32": null, "oneInt64": null, "oneUint32": null, "oneUint64": null, "oneSint32": null, "oneSint64": null, "oneFixed32": null, "oneFixed64": null, "oneSfixed32": null, "oneSfixed64": null, "oneFloat": null, "oneDouble": null, "oneBool": null, "oneString": null, "oneBytes": null, "oneMood": null, "oneInner": null, "listInt32": null, "listInt64": null, "listUint32": null, "listUint64": null, "listSint32": null, "listSint64": null, "listFixed32": null, "listFixed64": null, "listSfixed32": null, "listSfixed64": null, "listFloat": null, "listDouble": null, "listBool": null, "listString": null, "listBytes": null, "listMood": null, "listInner": null, "mapInt32Int32": null, "mapBoolBool": null, "mapStringInner": null}
OptionalBoolWrapper R {"oneBoolWrapper": false}
OptionalInt32Wrapper R {"oneInt32Wrapper": 0}
OptionalUint32Wrapper R {"oneUint32Wrapper": 0}
OptionalInt64Wrapper R {"oneInt64Wrapper": 0}
OptionalUint64Wrapper R {"oneUint64Wrapper": 0}
OptionalFloatWrapper R {"oneFloatWrapper": 0}
OptionalDoubleWrapper R {"oneDoubleWrapper": 0}
OptionalStringWrapper R {"oneStringWrapper": ""}
OptionalBytesWrapper R {"oneBytesWrapper": ""}
OptionalWrapperTypesWithNonDefaultValue R {"oneBoolWrapper": true, "oneInt32Wrapper": 1, "oneUint32Wrapper": 1, "oneInt64Wrapper": "1", "oneUint64Wrapper": "1", "oneFloatWrapper": 1, "oneDoubleWrapper": 1, "oneStringWrapper": "1", "oneBytesWrapper": "AQI="}
RepeatedBoolWrapper R {"listBoolWrapper": [true, false]}
RepeatedInt32Wrapper R {"listInt32Wrapper": [0, 1]}
RepeatedUint32Wrapper R {"listUint32Wrapper": [0, 1]}
RepeatedInt64Wrapper R {"listInt64Wrapper": [0, 1]}
RepeatedUint64Wrapper R {"listUint64Wrapper": [0, 1]}
RepeatedFloatWrapper R {"listFloatWrapper": [0, 1]}
RepeatedDoubleWrapper R {"listDoubleWrapper": [0, 1]}
RepeatedStringWrapper R {"listStringWrapper": ["", "AQI="]}
RepeatedBytesWrapper R {"listBytesWrapper": ["", "AQI="]}
WrapperTypesWithNullValue R {"oneBoolWrapper": null, "oneInt32Wrapper": null, "oneUint32Wrapper": null, "oneInt64Wrapper": null, "oneUint64Wrapper": null, "oneFloatWrapper": null, "oneDoubleWrapper": null, "oneStringWrapper": null, "oneBytesWrapper": null, "listBoolWrapper": null, "listInt32Wrapper": null, "listUint32Wrapper": null, "listInt64Wrapper": null, "listUint64Wrapper": null, "listFloatWrapper": null, "listDoubleWrapper": null, "listStringWrapper": null, "listBytesWrapper": null}
DurationMinValue R {"oneDuration": "-315576000000.999999999s"}
DurationMaxValue R {"oneDuration": "315576000000.999999999s"}
DurationRepeatedValue R {"listDuration": ["1.5s", "-1.5s"]}
DurationNull R {"oneDuration": null}
DurationNegativeSeconds R {"oneDuration": "-5s"}
DurationNegativeNanos R {"oneDuration": "-0.5s"}
TimestampMinValue R {"oneTimestamp": "0001-01-01T00:00:00Z"}
TimestampMaxValue R {"oneTimestamp": "9999-12-31T23:59:59.999999999Z"}
TimestampRepeatedValue R {"listTimestamp": ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z"]}
TimestampLeap R {"oneTimestamp": "1993-02-10T00:00:00.000Z"}
TimestampWithPositiveOffset R {"oneTimestamp": "1970-01-01T08:00:01+08:00"}
TimestampWithNegativeOffset R {"oneTimestamp": "1969-12-31T16:00:01-08:00"}
TimestampNull R {"oneTimestamp": null}
FieldMask R {"oneMask": "foo,barBaz"}
EmptyFieldMask R {"oneMask": ""}
Struct R {"oneStruct": {"nullValue": null, "intValue": 1234, "boolValue": true, "doubleValue": 1234.5678, "stringValue": "Hello world!", "listValue": [1234, "5678"], "objectValue": {"value": 0}}}
StructWithEmptyListValue R {"oneStruct": {"listValue": []}}
ValueAcceptInteger R {"oneValue": 1}
ValueAcceptFloat R {"oneValue": 1.5}
ValueAcceptBool R {"oneValue": false}
ValueAcceptNull R {"oneValue": null}
ValueAcceptString R {"oneValue": "hello"}
ValueAcceptList R {"oneValue": [0, "hello"]}
ValueAcceptObject R {"oneValue": {"value": 1}}
RepeatedValue R {"listValue": [["a"]]}
RepeatedListValue R {"listListValue": [["a"]]}
NullValueInOtherOneofOldFormat S {"eitherNull": "NULL_VALUE"}
NullValueInOtherOneofNewFormat S {"eitherNull": null}
NullValueInNormalMessage S {"oneNull": null}
Any R {"oneAny": {"@type": "type.googleapis.com/everything.Everything", "oneInt32": 12345}}
AnyNested R {"oneAny": {"@type": "type.googleapis.com/google.protobuf.Any", "value": {"@type": "type.googleapis.com/everything.Everything", "oneInt32": 12345}}}
AnyUnorderedTypeTag R {"oneAny": {"oneInt32": 12345, "@type": "type.googleapis.com/everything.Everything"}}
AnyWithInt32ValueWrapper R {"oneAny": {"@type": "type.googleapis.com/google.protobuf.Int32Value", "value": 12345}}
AnyWithDuration R {"oneAny": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1.5s"}}
AnyWithTimestamp R {"oneAny": {"@type": "type.googleapis.com/google.protobuf.Timestamp", "value": "1970-01-01T00:00:00Z"}}
AnyWithFieldMask R {"oneAny": {"@type": "type.googleapis.com/google.protobuf.FieldMask", "value": "foo,barBaz"}}
AnyWithStruct R {"oneAny": {"@type": "type.googleapis.com/google.protobuf.Struct", "value": {"foo": 1}}}
AnyWithValueForJsonObject R {"oneAny": {"@type": "type.googleapis.com/google.protobuf.Value", "value": {"foo": 1}}}
AnyWithValueForInteger R {"oneAny": {"@type": "type.googleapis.com/google.protobuf.Value", "value": 1}}
AnyNull S {"oneAny": null}
AnyWithNoType S {"oneAny": {}}
"""

REFUSED = r"""
StringEndsWithEscapeChar S {"oneString": "abc\
FieldNameNotQuoted S {word1: 1}
TrailingCommaInAnObject S {"word1":1,}
TrailingCommaInAnObjectWithSpace S {"word1":1 ,}
TrailingCommaInAnObjectWithSpaceCommaSpace S {"word1":1 , }
TrailingCommaInAnObjectWithNewlines S {⏎  "word1":1,⏎}
JsonWithComments S {⏎  // This is a comment.⏎  "word1": 1⏎}
MissingCommaOneLine S { "oneInt32": 1 "oneInt64": 2 }
MissingCommaMultiline S {⏎  "oneInt32": 1⏎  "oneInt64": 2⏎}
FieldNameDuplicate S {"oneInner": {"number": 1}, "oneInner": {}}
FieldNameDuplicateDifferentCasing1 S {"one_inner": {"number": 1}, "oneInner": {}}
FieldNameDuplicateDifferentCasing2 S {"oneInner": {"number": 1}, "one_inner": {}}
Int32FieldTooLarge R {"oneInt32": 2147483648}
Int32FieldTooSmall R {"oneInt32": -2147483649}
Uint32FieldTooLarge R {"oneUint32": 4294967296}
Int64FieldTooLarge R {"oneInt64": "9223372036854775808"}
Int64FieldTooSmall R {"oneInt64": "-9223372036854775809"}
Uint64FieldTooLarge R {"oneUint64": "18446744073709551616"}
Int32FieldNotInteger R {"oneInt32": 0.5}
Uint32FieldNotInteger R {"oneUint32": 0.5}
Int64FieldNotInteger R {"oneInt64": "0.5"}
Uint64FieldNotInteger R {"oneUint64": "0.5"}
Int32FieldNotNumber R {"oneInt32": "3x3"}
Uint32FieldNotNumber R {"oneUint32": "3x3"}
Int64FieldNotNumber R {"oneInt64": "3x3"}
Uint64FieldNotNumber R {"oneUint64": "3x3"}
Int32FieldEmptyString R {"oneInt32": ""}
Int32FieldStringValuePartiallyNumeric R {"oneInt32": "12abc"}
Int32FieldStringValueNonNumeric R {"oneInt32": "abc"}
FloatFieldEmptyString R {"oneFloat": ""}
FloatFieldStringValuePartiallyNumeric R {"oneFloat": "12abc"}
FloatFieldStringValueNonNumeric R {"oneFloat": "abc"}
DoubleFieldEmptyString R {"oneDouble": ""}
DoubleFieldStringValuePartiallyNumeric R {"oneDouble": "12abc"}
DoubleFieldStringValueNonNumeric R {"oneDouble": "abc"}
Int32FieldPlusSign R {"oneInt32": +1}
Int32FieldLeadingZero R {"oneInt32": 01}
Int32FieldNegativeWithLeadingZero R {"oneInt32": -01}
Int32FieldLeadingSpace R {"oneInt32": " 1"}
Int32FieldTrailingSpace R {"oneInt32": "1 "}
BoolFieldIntegerZero S {"oneBool":0}
BoolFieldIntegerOne S {"oneBool":1}
BoolFieldCamelCaseTrue S {"oneBool":True}
BoolFieldCamelCaseFalse S {"oneBool":False}
BoolFieldAllCapitalTrue S {"oneBool":TRUE}
BoolFieldAllCapitalFalse S {"oneBool":FALSE}
BoolFieldDoubleQuotedTrue S {"oneBool":"true"}
BoolFieldDoubleQuotedFalse S {"oneBool":"false"}
FloatFieldNanNotQuoted S {"oneFloat": NaN}
FloatFieldInfinityNotQuoted S {"oneFloat": Infinity}
FloatFieldNegativeInfinityNotQuoted S {"oneFloat": -Infinity}
FloatFieldTooSmall R {"oneFloat": -3.502823e+38}
FloatFieldTooLarge R {"oneFloat": 3.502823e+38}
DoubleFieldNanNotQuoted S {"oneDouble": NaN}
DoubleFieldInfinityNotQuoted S {"oneDouble": Infinity}
DoubleFieldNegativeInfinityNotQuoted S {"oneDouble": -Infinity}
DoubleFieldTooSmall R {"oneDouble": -1.89769e+308}
DoubleFieldTooLarge R {"oneDouble": +1.89769e+308}
EnumFieldNotQuoted R {"oneMood": CALM}
EnumFieldUnknownName R {"oneMood": "ANGRY"}
StringFieldUppercaseEscapeLetter S {"oneString": "\U8C37\U6b4C"}
StringFieldInvalidEscape S {"oneString": "\uXXXX\u6B4C"}
StringFieldUnterminatedEscape S {"oneString": "\u8C3"}
StringFieldUnpairedHighSurrogate S {"oneString": "\uD800"}
StringFieldUnpairedLowSurrogate S {"oneString": "\uDC00"}
StringFieldSurrogateInWrongOrder S {"oneString": "\uDE01\uD83D"}
StringFieldNotAString R {"oneString": 12345}
OneofFieldDuplicate R {"eitherUint32": 1, "eitherString": "test"}
Int32MapFieldKeyNotQuoted S {"mapInt32Int32": {1: 2, 3: 4}}
Uint32MapFieldKeyNotQuoted S {"mapUint32Uint32": {1: 2, 3: 4}}
Int64MapFieldKeyNotQuoted S {"mapInt64Int64": {1: 2, 3: 4}}
Uint64MapFieldKeyNotQuoted S {"mapUint64Uint64": {1: 2, 3: 4}}
BoolMapFieldKeyNotQuoted S {"mapBoolBool": {true: true, false: false}}
BoolMapFieldKeyNotBool S {"mapBoolBool": {"yes": true}}
StringFieldSingleQuoteKey S {'oneString': "Hello world!"}
StringFieldSingleQuoteValue S {"oneString": 'Hello world!'}
StringFieldSingleQuoteBoth S {'oneString': 'Hello world!'}
RepeatedFieldWrongElementTypeExpectingIntegersGotBool R {"listInt32": [1, false, 3, 4]}
RepeatedFieldWrongElementTypeExpectingIntegersGotString R {"listInt32": [1, 2, "name", 4]}
RepeatedFieldWrongElementTypeExpectingIntegersGotMessage R {"listInt32": [1, 2, 3, {"number": 4}]}
RepeatedFieldWrongElementTypeExpectingStringsGotInt R {"listString": ["1", 2, "3", "4"]}
RepeatedFieldWrongElementTypeExpectingStringsGotBool R {"listString": ["1", "2", false, "4"]}
RepeatedFieldWrongElementTypeExpectingStringsGotMessage R {"listString": ["1", 2, "3", {"number": 4}]}
RepeatedFieldWrongElementTypeExpectingMessagesGotInt R {"listInner": [{"number": 1}, 2]}
RepeatedFieldWrongElementTypeExpectingMessagesGotBool R {"listInner": [{"number": 1}, false]}
RepeatedFieldWrongElementTypeExpectingMessagesGotString R {"listInner": [{"number": 1}, "2"]}
RepeatedFieldTrailingComma S {"listInt32": [1, 2, 3, 4,]}
RepeatedFieldTrailingCommaWithSpace S {"listInt32": [1, 2, 3, 4 ,]}
RepeatedFieldTrailingCommaWithSpaceCommaSpace S {"listInt32": [1, 2, 3, 4 , ]}
RepeatedFieldTrailingCommaWithNewlines S {"listInt32": [⏎  1,⏎  2,⏎  3,⏎  4,⏎]}
RepeatedFieldPrimitiveElementIsNull S {"listInt32": [1, null, 2]}
RepeatedFieldMessageElementIsNull S {"listInner": [{"number":1}, null, {"number":2}]}
MapFieldKeyIsNull S {"mapInt32Int32": {null: 1}}
MapFieldValueIsNull S {"mapInt32Int32": {"0": null}}
DurationMissingS R {"oneDuration": "1"}
DurationJsonInputTooSmall R {"oneDuration": "-315576000001.000000000s"}
DurationJsonInputTooLarge R {"oneDuration": "315576000001.000000000s"}
TimestampJsonInputTooSmall R {"oneTimestamp": "0000-01-01T00:00:00Z"}
TimestampJsonInputTooLarge R {"oneTimestamp": "10000-01-01T00:00:00Z"}
TimestampJsonInputMissingZ R {"oneTimestamp": "0001-01-01T00:00:00"}
TimestampJsonInputMissingT R {"oneTimestamp": "0001-01-01 00:00:00Z"}
TimestampJsonInputLowercaseZ R {"oneTimestamp": "0001-01-01T00:00:00z"}
TimestampJsonInputLowercaseT R {"oneTimestamp": "0001-01-01t00:00:00Z"}
FieldMaskInvalidCharacter S {"oneMask": "foo,bar_bar"}
AnyWktRepresentationWithEmptyTypeAndValue S {"oneAny": {"@type": "", "value": ""}}
AnyWktRepresentationWithBadTypeURL S {"oneAny": {"@type": "not_a_url", "value": ""}}
RejectTopLevelNull R null
"""

# Read with unknown fields and names of enums passed over.
LENIENT = r"""
IgnoreUnknownJsonNumber R {"unknown": 1}
IgnoreUnknownJsonString R {"unknown": "a"}
IgnoreUnknownJsonTrue R {"unknown": true}
IgnoreUnknownJsonFalse R {"unknown": false}
IgnoreUnknownJsonNull R {"unknown": null}
IgnoreUnknownJsonObject R {"unknown": {"a": 1}}
IgnoreUnknownEnumStringValueInOptionalField S {"oneMood": "ANGRY"}
IgnoreUnknownEnumStringValueInRepeatedField S {"listMood": ["ANGRY"]}
IgnoreUnknownEnumStringValueInRepeatedPart S {"listMood": ["CALM", "ANGRY", "GLAD"]}
IgnoreUnknownEnumStringValueInMapValue S {"mapStringMood": {"key": "ANGRY"}}
IgnoreUnknownEnumStringValueInMapPart S {"mapStringMood": {"key1": "CALM", "key2": "ANGRY"}}
"""

# The JSON that comes out of JSON is this one exactly.
EXACT = r"""
FieldNameInLowerCamelCase R {"word1":1,"wordTwo2":2,"WordThree3":3,"wordFour4":4} {"word1":1,"wordTwo2":2,"WordThree3":3,"wordFour4":4}
FieldNameWithNumbers R {"word0five5":5,"word0Six6":6} {"word0five5":5,"word0Six6":6}
FieldNameWithMixedCases R {"wordSeven7":7,"WordEight8":8,"wordNine9":9,"WordTen10":10,"WORDELEVEN11":11,"WORDTwelve12":12} {"wordSeven7":7,"WordEight8":8,"wordNine9":9,"WordTen10":10,"WORDELEVEN11":11,"WORDTwelve12":12}
FieldNameWithDoubleUnderscores S {"WordThirteen13":13,"WordFourteen14":14,"wordFifteen15":15,"wordSixteen16":16,"wordSeventeen17":17,"WordEighteen18":18} {"WordThirteen13":13,"WordFourteen14":14,"wordFifteen15":15,"wordSixteen16":16,"wordSeventeen17":17,"WordEighteen18":18}
Int64FieldBeString S {"oneInt64":1} {"oneInt64":"1"}
Uint64FieldBeString S {"oneUint64":1} {"oneUint64":"1"}
EnumFieldUnknownValue R {"oneMood":123} {"oneMood":123}
SkipsDefaultPrimitive S {"oneInt32":0} {}
SkipsDefaultRepeatedPrimitive S {"listInt32":[]} {}
DurationHasZeroFractionalDigit S {"oneDuration":"1.000000000s"} {"oneDuration":"1s"}
DurationHas3FractionalDigits S {"oneDuration":"1.010000000s"} {"oneDuration":"1.010s"}
DurationHas6FractionalDigits S {"oneDuration":"1.000010000s"} {"oneDuration":"1.000010s"}
DurationHas9FractionalDigits S {"oneDuration":"1.000000010s"} {"oneDuration":"1.000000010s"}
TimestampZeroNormalized S {"oneTimestamp":"1969-12-31T16:00:00-08:00"} {"oneTimestamp":"1970-01-01T00:00:00Z"}
TimestampHasZeroFractionalDigit S {"oneTimestamp":"1970-01-01T00:00:00.000000000Z"} {"oneTimestamp":"1970-01-01T00:00:00Z"}
TimestampHas3FractionalDigits S {"oneTimestamp":"1970-01-01T00:00:00.010000000Z"} {"oneTimestamp":"1970-01-01T00:00:00.010Z"}
TimestampHas6FractionalDigits S {"oneTimestamp":"1970-01-01T00:00:00.000010000Z"} {"oneTimestamp":"1970-01-01T00:00:00.000010Z"}
TimestampHas9FractionalDigits S {"oneTimestamp":"1970-01-01T00:00:00.000000010Z"} {"oneTimestamp":"1970-01-01T00:00:00.000000010Z"}
NullValueInOtherOneofOldFormat.Validator S {"eitherNull":"NULL_VALUE"} {"eitherNull":null}
NullValueInOtherOneofNewFormat.Validator S {"eitherNull":null} {"eitherNull":null}
NullValueInNormalMessage.Validator S {"oneNull":null} {}
EnumFieldWithAlias.Validator S {"oneNick":"kAt"} {"oneNick":"NICK_CAT"}
"""


def rows(table):
    for row in table.strip("\n").split("\n"):
        name, level, given = row.split(" ", 2)
        yield name, level, given.replace("⏎", "\n")


def unwritable(message):
    """Messages that have no canonical JSON, with the levels of their cases."""
    def case(name, level, change):
        value = message()
        change(value)
        return name, level, value.SerializeToString(deterministic=True)

    def duration(seconds, nanos=0):
        def change(value):
            value.one_duration.seconds, value.one_duration.nanos = seconds, nanos
        return change

    def timestamp(seconds, nanos=0):
        def change(value):
            value.one_timestamp.seconds, value.one_timestamp.nanos = seconds, nanos
        return change

    def number(number):
        def change(value):
            value.one_value.number_value = number
        return change

    return [
        case("DurationProtoInputTooSmall", "R", duration(-315576000001)),
        case("DurationProtoInputTooLarge", "R", duration(315576000001)),
        case("DurationProtoNanosTooSmall", "R", duration(1, -1000000000)),
        case("DurationProtoNanosTooLarge", "R", duration(1, 1000000000)),
        case("DurationProtoNanosWrongSign", "R", duration(1, -1)),
        case("DurationProtoNanosWrongSignNegativeSecs", "R", duration(-1, 1)),
        case("TimestampProtoInputTooSmall", "R", timestamp(-62135596801)),
        case("TimestampProtoInputTooLarge", "R", timestamp(253402300800)),
        case("TimestampProtoNegativeNanos", "R", timestamp(0, -1)),
        case("TimestampProtoNanoTooLarge", "R", timestamp(0, 1000000000)),
        case("FieldMaskPathsDontRoundTrip", "S", lambda m: m.one_mask.paths.append("fooBar")),
        case("FieldMaskNumbersDontRoundTrip", "S", lambda m: m.one_mask.paths.append("foo_3_bar")),
        case("FieldMaskTooManyUnderscore", "S", lambda m: m.one_mask.paths.append("foo__bar")),
        case("ValueRejectInfNumberValue", "S", number(float("inf"))),
        case("ValueRejectNanNumberValue", "S", number(float("nan"))),
    ]


def json_cases(message, pool, add, binary):
    """Adds all cases; `add` takes a line's columns, `binary` gives the deterministic form."""
    def read(text, **options):
        parsed = json_format.Parse(text, message(), descriptor_pool=pool, **options)
        return binary(parsed.SerializeToString())

    for name, level, given in rows(VALID):
        expected = read(given)
        add(name, level, "json", given, "binary", expected)
        add(name, level, "json", given, "json", expected)
    # Google's Python does not read this alphabet without padding.
    url = binary(message(one_bytes=b"\xfb").SerializeToString())
    for output in ("binary", "json"):
        add("BytesFieldBase64Url", "S", "json", '{"oneBytes": "-_"}', output, url)
    for name, level, given in rows(REFUSED):
        add(name, level, "json", given, "json", "refused")
    for name, level, given in rows(LENIENT):
        add(name, level, "lenient", given, "binary", read(given, ignore_unknown_fields=True))
    for name, level, given in rows(EXACT):
        given, expected = given.split(" ")
        add(name, level, "json", given, "json", "= " + json.dumps(expected))
    for name, level, data in unwritable(message):
        add(name, level, "binary", data, "json", "unwritable")
    tag = {"one_float": b"\x5d", "one_double": b"\x61"}
    nans = [
        ("FloatFieldNormalizeQuietNan", "one_float", struct.pack("<I", 0x7FA12345)),
        ("FloatFieldNormalizeSignalingNan", "one_float", struct.pack("<I", 0xFFB54321)),
        ("DoubleFieldNormalizeQuietNan", "one_double", struct.pack("<Q", 0x7FFA123456789ABC)),
        ("DoubleFieldNormalizeSignalingNan", "one_double", struct.pack("<Q", 0xFFFBCBA987654321)),
    ]
    for name, field, value in nans:
        nan = message(**{field: float("nan")})
        add(name, "R", "binary", tag[field] + value, "json", binary(nan.SerializeToString()))
