"""Exports as the networks write them: their own headers, with invented posts. Sources: config/known_headers.py."""

from __future__ import annotations

from typing import Final

META_FACEBOOK: Final = """\
\ufeffPost ID,Page ID,Page name,Title,Description,Duration (sec),Publish time,Caption type,Permalink,Is crosspost,\
Is share,Post type,Languages,Custom labels,Funded content status,Data comment,Date,Views,Reach,\
"Reactions, Comments and Shares",Reactions,Comments,Shares,Total clicks,Seconds viewed,Average Seconds viewed
122158000000000002,61571,Our page,Second post,,0,03/27/2026 18:30,,https://www.facebook.com/p/2,0,0,\
Photos,,,,,Lifetime,900,610,31,25,4,2,12,,
122158000000000001,61571,Our page,First post,A film,27,03/21/2026 06:08,,https://www.facebook.com/p/1,0,0,\
Reels,,,,,Lifetime,1250,980,58,50,5,3,,120,4.4
"""

META_INSTAGRAM: Final = """\
Post ID,Account ID,Account username,Account name,Description,Duration (sec),Publish time,Permalink,Post type,\
Data comment,Date,Views,Reach,Likes,Shares,Follows,Comments,Saves
1802,1784,our_page,Our Page,"Test, one",32,03/27/2026 18:00,https://www.instagram.com/reel/x/,IG reel,,Lifetime,\
"15,000",9800,410,120,14,20,55
1801,1784,our_page,Our Page,Caption,0,03/21/2026 06:08,https://www.instagram.com/p/y/,IG image,,Lifetime,\
160,45,5,3,1,2,4
"""

PAGE_INSIGHTS: Final = """\
"Post ID",Permalink,"Post Message",Type,Countries,Languages,Posted,"Audience Targeting","Lifetime Post Total Reach",\
"Lifetime Post Total Impressions","Lifetime Engaged Users","Lifetime Post Consumptions",\
"Lifetime Organic watches at 95%","Lifetime Organic watches at 95%"
,,,,,,,,"Lifetime: The total number of people your Page post was served to. (Unique Users)",\
"Lifetime: The number of impressions of your Page post. (Total Count)",\
"Lifetime: The number of people who clicked anywhere in your posts. (Unique Users)",\
"Lifetime: The number of clicks anywhere in your post. (Total Count)",\
"Lifetime: watched at 95% of its length (Total Count)","Lifetime: watched at 95% of its length (Unique Users)"
1605_18,https://www.facebook.com/p/18,"Find out more, now:",Link,,,"01/19/2017 09:03:47 AM"," ",35,60,2,1,0,0
1605_17,https://www.facebook.com/p/17,Another,Photo,,,"01/18/2017 05:10:00 PM"," ",135,,22,11,0,0
"""

X: Final = """\
Post id,Date,Post text,Post Link,Impressions,Likes,Engagements,Bookmarks,Shares,New follows,Replies,Reposts,\
Profile visits,Detail Expands,URL Clicks,Hashtag Clicks,Permalink Clicks
2074000000000000001,"Tue, Jan 27, 2026",One,https://x.com/p/status/1,"122,978",12,300,0,0,0,0,0,129,200,66,0,0
2073000000000000002,"Sun, Jan 25, 2026",Two,https://x.com/p/status/2,57000,2500,4000,0,0,3,44,575,0,0,0,0,0
"""

TWITTER: Final = """\
Tweet id,Tweet permalink,Tweet text,time,impressions,engagements,engagement rate,retweets,replies,likes,\
user profile clicks,url clicks,hashtag clicks,follows,promoted impressions
1225785799146430465,https://twitter.com/p/status/1,"I've found ""it"".

And more.",2020-02-07 14:18 +0000,206.0,6.0,0.029,1.0,1.0,3.0,1.0,0.0,0.0,0,-
1225479302868873216,https://twitter.com/p/status/2,Short,2020-02-06 18:00 +0000,\
260.0,4.0,0.015,1.0,0.0,3.0,0.0,0.0,0.0,0,-
"""

LINKEDIN: Final = """\
"Engagement metrics for individual posts and boosted posts, including impressions.\nTimes are UTC.",,,,,,,,,,,,,,,,,,,
Post title,Post link,Post type,Campaign name,Posted by,Created date,Campaign start date,Campaign end date,Audience,\
Impressions,Views (Excluding offsite video views),Offsite Views,Clicks,Click through rate (CTR),Likes,Comments,Reposts,\
Follows,Engagement rate,Content Type
We are hiring,https://www.linkedin.com/feed/update/urn:li:activity:2,Organic,,Jane,01/27/2026,,,All followers,\
536,,,38,0.0708,13,3,1,0,0.1026,
A film,https://www.linkedin.com/feed/update/urn:li:activity:1,Organic,,Jane,01/15/2026,,,All followers,\
960,420,0,17,0.0177,21,2,4,1,0.0458,Video
"""

GERMAN: Final = """\
Beitrags-ID;Veröffentlicht;Art;Thema;Beitrag;Reichweite;Gefällt mir;Kommentare
b1;13.02.2026 18:05;Foto;Kaffee;Schöne Tasse;1.240;58;n/a
b2;14.02.2026 08:30;Video;Kultur;Ein Fest;980;41;3
"""

PERSIAN: Final = """\
شناسه,تاریخ انتشار,قالب,موضوع,متن,دسترسی,پسند
a1,2026-02-13 18:05,عکس,قهوه,سلام,۱۲۴۰,۵۸
a2,2026-02-14 08:30,ویدیو,فرهنگ,سلام دوباره,۹۸۰,-
"""
