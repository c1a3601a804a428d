<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US" sourcelanguage="en">
<context>
    <name>AlbumPage</name>
    <message numerus="yes">
        <source>%n photo(s)</source>
        <translation>
            <numerusform>%n photo</numerusform>
            <numerusform>%n photos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>%n selected</numerusform>
            <numerusform>%n selected</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>App</name>
    <message numerus="yes">
        <source>%n missing photo(s) were found again.</source>
        <translation>
            <numerusform>%n missing photo was found again.</numerusform>
            <numerusform>%n missing photos were found again.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n photo(s) were in the album already.</source>
        <translation>
            <numerusform>%n photo was in the album already.</numerusform>
            <numerusform>%n photos were in the album already.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>And %n more.</source>
        <translation>
            <numerusform>And %n more.</numerusform>
            <numerusform>And %n more.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CanvasBase</name>
    <message numerus="yes">
        <source>%n face(s)</source>
        <translation>
            <numerusform>%n face</numerusform>
            <numerusform>%n faces</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CloseDialog</name>
    <message numerus="yes">
        <source>%n job(s) are not done yet</source>
        <translation>
            <numerusform>%n job is not done yet</numerusform>
            <numerusform>%n jobs are not done yet</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message numerus="yes">
        <source>%n photo(s) have no restored face chosen and keep the faces they have.</source>
        <translation>
            <numerusform>%n photo has no restored face chosen and keeps the faces it has.</numerusform>
            <numerusform>%n photos have no restored face chosen and keep the faces they have.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Export %n photo(s)</source>
        <translation>
            <numerusform>Export %n photo</numerusform>
            <numerusform>Export %n photos</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ExportProgressDialog</name>
    <message numerus="yes">
        <source>%n photo(s) could not be exported</source>
        <translation>
            <numerusform>%n photo could not be exported</numerusform>
            <numerusform>%n photos could not be exported</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n photo(s) exported</source>
        <translation>
            <numerusform>%n photo exported</numerusform>
            <numerusform>%n photos exported</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Exporting %n photo(s)</source>
        <translation>
            <numerusform>Exporting %n photo</numerusform>
            <numerusform>Exporting %n photos</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FaceBar</name>
    <message numerus="yes">
        <source>%n face(s)</source>
        <translation>
            <numerusform>%n face</numerusform>
            <numerusform>%n faces</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MessageBar</name>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ModelsPage</name>
    <message numerus="yes">
        <source>%n file(s) are not as they should be</source>
        <translation>
            <numerusform>%n file is not as it should be</numerusform>
            <numerusform>%n files are not as they should be</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PhotoModel</name>
    <message numerus="yes">
        <source>%n star(s)</source>
        <translation>
            <numerusform>%n star</numerusform>
            <numerusform>%n stars</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PhotoPage</name>
    <message numerus="yes">
        <source>Restore %n face(s)</source>
        <translation>
            <numerusform>Restore %n face</numerusform>
            <numerusform>Restore %n faces</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Settings of %n chosen face(s)</source>
        <translation>
            <numerusform>Settings of %n chosen face</numerusform>
            <numerusform>Settings of %n chosen faces</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QueueButton</name>
    <message numerus="yes">
        <source>%n could not be done</source>
        <translation>
            <numerusform>%n could not be done</numerusform>
            <numerusform>%n could not be done</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n to do</source>
        <translation>
            <numerusform>%n to do</numerusform>
            <numerusform>%n to do</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QueuePanel</name>
    <message numerus="yes">
        <source>%n could not be done</source>
        <translation>
            <numerusform>%n could not be done</numerusform>
            <numerusform>%n could not be done</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n to do</source>
        <translation>
            <numerusform>%n to do</numerusform>
            <numerusform>%n to do</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SideBar</name>
    <message numerus="yes">
        <source>Album {name}, %n photo(s)</source>
        <translation>
            <numerusform>Album {name}, %n photo</numerusform>
            <numerusform>Album {name}, %n photos</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Time</name>
    <message numerus="yes">
        <source>%n hour(s)</source>
        <translation>
            <numerusform>%n hour</numerusform>
            <numerusform>%n hours</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n minute(s)</source>
        <translation>
            <numerusform>%n minute</numerusform>
            <numerusform>%n minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n second(s)</source>
        <translation>
            <numerusform>%n second</numerusform>
            <numerusform>%n seconds</numerusform>
        </translation>
    </message>
</context>
</TS>
